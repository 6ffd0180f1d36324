//! Bodies of `application/x-www-form-urlencoded`, in order.

use url::form_urlencoded;

/// The fields of a form, of which one after the other is taken.
#[derive(Debug, Clone)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body; a name that is there twice is refused.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        for (position, (name, _)) in pairs.iter().enumerate() {
            if pairs[..position].iter().any(|(known, _)| known == name) {
                return Err(format!("{name} is there twice"));
            }
        }
        Ok(Self(pairs))
    }

    /// Takes a field out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let position = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(position).1)
    }

    /// A field that nobody has taken.
    pub(crate) fn left(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| name.as_str())
    }
}

/// Writes fields in this order.
pub(crate) fn write(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::{Form, write};

    #[test]
    fn what_is_written_is_read() {
        let written = write(&[("b", "1 & 2"), ("a", "مرحبا")]);
        assert_eq!(written, "b=1+%26+2&a=%D9%85%D8%B1%D8%AD%D8%A8%D8%A7");
        let mut form = Form::read(written.as_bytes()).unwrap();
        assert_eq!((form.take("a").as_deref(), form.take("a"), form.left()), (Some("مرحبا"), None, Some("b")));
        assert!(Form::read(b"a=1&a=2").is_err());
    }
}
