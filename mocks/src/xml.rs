//! A small and strict reader of XML, written for the mocks alone, so that an adapter's XML is held against another one.
//!
//! It takes what a well-behaved client sends (elements, attributes, namespaces, text with entities) and refuses the rest:
//! comments, CDATA, processing instructions and document types.

/// Deeper than any envelope.
const DEPTH: usize = 32;

/// An element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its namespace; empty where it has none.
    pub(crate) namespace: String,
    /// Its name without a prefix.
    pub(crate) name: String,
    /// Its attributes but for declarations of namespaces, as written.
    pub(crate) attributes: Vec<(String, String)>,
    /// The elements in it, in order.
    pub(crate) children: Vec<Element>,
    /// The text directly in it.
    pub(crate) text: String,
}

impl Element {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The one child of this name; none where there are several.
    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Element> {
        let mut found = self.children.iter().filter(|child| child.namespace == namespace && child.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    /// The texts of its children, which must be exactly these, in this order, and of this namespace.
    pub(crate) fn texts_in_order<const COUNT: usize>(
        &self,
        namespace: &str,
        names: [&str; COUNT],
    ) -> Result<[String; COUNT], String> {
        let given: Vec<&str> = self.children.iter().map(|child| child.name.as_str()).collect();
        if given != names {
            return Err(format!("{} has {}, not {}", self.name, given.join(" "), names.join(" ")));
        }
        if let Some(other) = self.children.iter().find(|child| child.namespace != namespace) {
            return Err(format!("{} is in namespace \"{}\", not \"{namespace}\"", other.name, other.namespace));
        }
        if let Some(other) =
            self.children.iter().find(|child| !child.children.is_empty() || !child.attributes.is_empty())
        {
            return Err(format!("{} has more than text", other.name));
        }
        Ok(std::array::from_fn(|index| self.children[index].text.clone()))
    }
}

/// Reads a document.
pub(crate) fn read(document: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(document).map_err(|_| "the document is not UTF-8")?;
    let mut reader = Reader { rest: text, scope: Vec::new() };
    if reader.rest.starts_with("<?xml ") {
        let (declaration, rest) = reader.rest.split_once("?>").ok_or("the declaration does not end")?;
        if declaration.contains("encoding=") && !declaration.to_ascii_lowercase().contains("utf-8") {
            return Err("the declaration names another encoding than UTF-8".to_owned());
        }
        reader.rest = rest;
    }
    reader.rest = reader.rest.trim_start();
    let root = reader.element(0)?;
    if reader.rest.trim().is_empty() { Ok(root) } else { Err("something follows the root element".to_owned()) }
}

/// Text as it stands in a document.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

struct Reader<'a> {
    rest: &'a str,
    /// The declared prefixes with their namespaces, the innermost last.
    scope: Vec<(String, String)>,
}

impl Reader<'_> {
    fn element(&mut self, depth: usize) -> Result<Element, String> {
        if depth == DEPTH {
            return Err("the document is nested too deeply".to_owned());
        }
        self.expect("<")?;
        let tag = self.name()?;
        let outer = self.scope.len();
        let attributes = self.attributes()?;
        let (prefix, name) = tag.split_once(':').unwrap_or(("", &tag));
        let namespace = self.namespace(prefix)?;
        for (attribute, _) in &attributes {
            if let Some((prefix, _)) = attribute.split_once(':').filter(|(prefix, _)| *prefix != "xml") {
                self.namespace(prefix)?;
            }
        }
        let (name, children, text) = (name.to_owned(), Vec::new(), String::new());
        let mut element = Element { namespace, name, attributes, children, text };
        if self.skip("/>") {
            self.scope.truncate(outer);
            return Ok(element);
        }
        self.expect(">")?;
        while !self.rest.starts_with("</") {
            match self.rest.chars().next() {
                None => return Err(format!("{tag} is not closed")),
                Some('<') => element.children.push(self.element(depth + 1)?),
                Some(_) => element.text.push_str(&self.text()?),
            }
        }
        self.expect("</")?;
        self.expect(&tag)?;
        self.rest = self.rest.trim_start();
        self.expect(">")?;
        self.scope.truncate(outer);
        if element.children.is_empty() {
            return Ok(element);
        }
        if !element.text.trim().is_empty() {
            return Err(format!("{tag} has text between its elements"));
        }
        element.text.clear();
        Ok(element)
    }

    fn attributes(&mut self) -> Result<Vec<(String, String)>, String> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            let before = self.rest.len();
            self.rest = self.rest.trim_start();
            if self.rest.starts_with(['/', '>']) {
                return Ok(attributes);
            }
            if self.rest.len() == before {
                return Err("a blank is missing before an attribute".to_owned());
            }
            let name = self.name()?;
            self.expect("=")?;
            let quote = if self.rest.starts_with('\'') { "'" } else { "\"" };
            self.expect(quote)?;
            let (value, rest) = self.rest.split_once(quote).ok_or_else(|| format!("{name} does not end"))?;
            if value.contains('<') {
                return Err(format!("{name} contains <"));
            }
            self.rest = rest;
            let value = unescape(value)?;
            match name.strip_prefix("xmlns") {
                Some("") => self.scope.push((String::new(), value)),
                Some(prefix) if prefix.starts_with(':') => self.scope.push((prefix[1..].to_owned(), value)),
                _ if attributes.iter().any(|(known, _)| *known == name) => {
                    return Err(format!("{name} is there twice"));
                }
                _ => attributes.push((name, value)),
            }
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let end = self.rest.find('<').ok_or("the document ends within text")?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        unescape(text)
    }

    fn name(&mut self) -> Result<String, String> {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, ':' | '_' | '-' | '.');
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if !name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') {
            let near: String = self.rest.chars().take(12).collect();
            return Err(format!("a name was expected at \"{near}\": this reader takes elements and text alone"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn namespace(&self, prefix: &str) -> Result<String, String> {
        match self.scope.iter().rev().find(|(known, _)| known == prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None if prefix.is_empty() => Ok(String::new()),
            None => Err(format!("the prefix {prefix} is not declared")),
        }
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.skip(text) { Ok(()) } else { Err(format!("\"{text}\" was expected")) }
    }
}

fn unescape(text: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut parts = text.split('&');
    result.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or("an & is not escaped")?;
        let number = entity.strip_prefix("#x").map(|digits| u32::from_str_radix(digits, 16));
        let number = number.or_else(|| entity.strip_prefix('#').map(str::parse));
        let letter = match (entity, number) {
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            (_, Some(Ok(number))) => char::from_u32(number).ok_or("a number names no letter")?,
            _ => return Err(format!("the entity {entity} is not known")),
        };
        result.push(letter);
        result.push_str(rest);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{escape, read};

    #[test]
    fn elements_have_namespaces_attributes_and_texts() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a:e xmlns:a=\"urn:a\" k='&quot;1'>\n <b xmlns=\"urn:b\"/>\
                    <a:c>x &amp; &#x79;&#122;</a:c></a:e>\n";
        let root = read(text.as_bytes()).unwrap();
        assert_eq!((root.namespace.as_str(), root.name.as_str(), root.attribute("k")), ("urn:a", "e", Some("\"1")));
        assert_eq!((root.children.len(), root.text.as_str()), (2, ""));
        assert_eq!(root.child("urn:b", "b").unwrap().text, "");
        assert_eq!(root.child("urn:a", "c").unwrap().text, "x & yz");
        assert_eq!(root.child("", "c"), None);
    }

    #[test]
    fn children_must_be_in_order() {
        let root = read(b"<e xmlns=\"urn:e\"><a>1</a><b>2</b></e>").unwrap();
        assert_eq!(root.texts_in_order("urn:e", ["a", "b"]).unwrap(), ["1", "2"]);
        assert!(root.texts_in_order("urn:e", ["b", "a"]).is_err());
        assert!(root.texts_in_order("urn:e", ["a"]).is_err());
        assert!(root.texts_in_order("urn:other", ["a", "b"]).is_err());
        let nested = read(b"<e><a><b/></a></e>").unwrap();
        assert!(nested.texts_in_order("", ["a"]).is_err());
    }

    #[test]
    fn what_is_no_plain_document_is_refused() {
        for wrong in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a><!-- x --></a>",
            "<a><![CDATA[x]]></a>",
            "<!DOCTYPE a><a/>",
            "<a>&x;</a>",
            "<a>1 & 2</a>",
            "<a b=\"1\" b=\"2\"/>",
            "<a b=1/>",
            "<x:a/>",
            "<a x:b=\"1\"/>",
            "<a>t<b/></a>",
            "<a b='<'/>",
            "<a b=\"1\"c=\"2\"/>",
            "<?xml version=\"1.0\" encoding=\"latin-1\"?><a/>",
        ] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(read("<a>".repeat(40).as_bytes()).is_err());
        assert!(read(b"<a>\xff</a>").is_err());
        assert_eq!(read(format!("<a>{}</a>", escape("<\"&>")).as_bytes()).unwrap().text, "<\"&>");
    }
}
