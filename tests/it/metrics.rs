//! Every metric that a function writes is one that its README tells an operator about.

use std::path::{Path, PathBuf};

fn folder(function: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("functions").join(function)
}

/// The names behind `.count(` and `.duration(` in a function's sources.
fn written(function: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder(function).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => names.extend(written_in(&path)),
            }
        }
    }
    names
}

fn written_in(source: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(source).unwrap();
    let mut names = Vec::new();
    for call in [".count(", ".duration("] {
        let behind = text.split(call).skip(1).map(str::trim_start);
        let literals = behind.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
        names.extend(literals.map(str::to_owned));
    }
    names
}

#[test]
fn every_metric_is_in_the_readme_of_its_function() {
    let mut found = 0;
    for function in ["messages", "notify", "deliver", "tasks", "polls", "watch"] {
        let readme = std::fs::read_to_string(folder(function).join("README.md")).unwrap();
        let documented = readme
            .split("**Metrics**")
            .nth(1)
            .expect("the metrics are listed");
        for name in written(function) {
            assert!(
                documented.contains(&format!("`{name}`")),
                "{function}: {name}"
            );
            found += 1;
        }
    }
    assert!(
        found > 10,
        "found {found}: are they still written this way?"
    );
}
