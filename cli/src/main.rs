//! The command line of Tidings.

use std::process::ExitCode;

use clap::Parser as _;
use tidings::command_line::CommandLine;
use tidings::text::words::wrapped;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match CommandLine::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the terminal is where this program speaks"
            )]
            {
                eprintln!("{}", wrapped(&format!("tidings: {error:#}")));
            }
            ExitCode::FAILURE
        }
    }
}
