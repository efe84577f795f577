//! Reading expressions: `person.name`, `items[0].count > 3 && !$root.off`,
//! `if(ok, 'yes', 'no')`.

use serde_json::{Number, Value};

/// An expression, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    /// A name at the beginning of a path: a property, or `$root`, `$data`, `$index`.
    Name(String),
    /// A property of something.
    Property(Box<Self>, String),
    /// An element of something: `list[0]`, `map['key']`.
    Element(Box<Self>, Box<Self>),
    Call(String, Vec<Self>),
    Not(Box<Self>),
    Negative(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Join,
    Times,
    Divide,
    Remainder,
}

/// From the loosest to the tightest; longer spellings before shorter ones.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[
        ("+", Operator::Plus),
        ("-", Operator::Minus),
        ("&", Operator::Join),
    ],
    &[
        ("*", Operator::Times),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];

/// The expression cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The deepest nesting of one expression.
const DEEPEST: usize = 30;

/// Reads an expression at the beginning of a text, up to the `}` that ends
/// it; gives the rest after that brace.
pub(super) fn read(text: &str) -> Result<(Expression, &str), Unreadable> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
    };
    let expression = reader.level(0)?;
    reader.blanks();
    match reader.rest.strip_prefix('}') {
        Some(rest) => Ok((expression, rest)),
        None => Err(Unreadable),
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn need(&mut self, token: &str) -> Result<(), Unreadable> {
        if self.eat(token) {
            Ok(())
        } else {
            Err(Unreadable)
        }
    }

    fn level(&mut self, level: usize) -> Result<Expression, Unreadable> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        'more: loop {
            self.blanks();
            for (token, operator) in *operators {
                // `&&` is not `&` twice.
                if *token == "&" && self.rest.starts_with("&&") {
                    continue;
                }
                if self.eat(token) {
                    let right = self.level(level + 1)?;
                    left = Expression::Binary(*operator, Box::new(left), Box::new(right));
                    // A chain nests as deeply as it is long.
                    self.deeper()?;
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn deeper(&mut self) -> Result<(), Unreadable> {
        self.depth += 1;
        if self.depth > DEEPEST {
            Err(Unreadable)
        } else {
            Ok(())
        }
    }

    fn unary(&mut self) -> Result<Expression, Unreadable> {
        self.blanks();
        self.deeper()?;
        let read = if self.rest.starts_with('!') && !self.rest.starts_with("!=") {
            self.rest = &self.rest[1..];
            Expression::Not(Box::new(self.unary()?))
        } else if self.eat("-") {
            Expression::Negative(Box::new(self.unary()?))
        } else {
            self.path()?
        };
        self.depth -= 1;
        Ok(read)
    }

    fn path(&mut self) -> Result<Expression, Unreadable> {
        let mut value = self.primary()?;
        loop {
            if self.eat(".") {
                let name = self.name().ok_or(Unreadable)?;
                value = Expression::Property(Box::new(value), name);
            } else if self.eat("[") {
                let key = self.level(0)?;
                self.need("]")?;
                value = Expression::Element(Box::new(value), Box::new(key));
            } else {
                return Ok(value);
            }
            self.deeper()?;
        }
    }

    fn primary(&mut self) -> Result<Expression, Unreadable> {
        self.blanks();
        match self.rest.chars().next().ok_or(Unreadable)? {
            '(' => {
                self.need("(")?;
                let inner = self.level(0)?;
                self.need(")")?;
                Ok(inner)
            }
            quote @ ('\'' | '"') => self.quoted(quote),
            c if c.is_ascii_digit() => self.number(),
            _ => {
                let name = self.name().ok_or(Unreadable)?;
                if self.eat("(") {
                    return self.arguments(name);
                }
                Ok(match name.as_str() {
                    "true" => Expression::Literal(Value::Bool(true)),
                    "false" => Expression::Literal(Value::Bool(false)),
                    "null" => Expression::Literal(Value::Null),
                    _ => Expression::Name(name),
                })
            }
        }
    }

    fn arguments(&mut self, name: String) -> Result<Expression, Unreadable> {
        let mut arguments = Vec::new();
        if self.eat(")") {
            return Ok(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.level(0)?);
            if self.eat(")") {
                return Ok(Expression::Call(name, arguments));
            }
            self.need(",")?;
        }
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@');
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return None;
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(name.to_owned())
    }

    fn number(&mut self) -> Result<Expression, Unreadable> {
        let fits = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        let number: Number = digits.parse().map_err(|_| Unreadable)?;
        Ok(Expression::Literal(Value::Number(number)))
    }

    fn quoted(&mut self, quote: char) -> Result<Expression, Unreadable> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &self.rest[at + 1..];
                return Ok(Expression::Literal(Value::String(text)));
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, other)) => text.push(other),
                None => return Err(Unreadable),
            }
        }
        Err(Unreadable)
    }
}
