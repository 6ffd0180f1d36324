//! A whole XML document as a tree, read strictly: what is cut, dangerous or not well-formed is refused.

use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{Error as XmlError, NsReader, XmlVersion};

use super::SoapError;
use super::text::{is_blank, is_legal, is_qualified_name};

/// How deep elements may stand in each other. Real answers need five or six.
const DEEPEST: usize = 32;
/// How many elements there may be: each costs more memory than it has letters.
const MOST_ELEMENTS: usize = 20_000;
/// How many attributes one element may have: their names are compared with each other.
const MOST_ATTRIBUTES: usize = 64;

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element with its children, their names without prefixes.
///
/// Children are looked for by their local name in the element's own namespace and in none, as qualified and unqualified
/// schemas have them. What stands in a foreign namespace is not found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Empty where it stands in none.
    pub(super) namespace: String,
    pub(super) name: String,
    /// All text directly in it, however it was cut by comments, CDATA and references.
    pub(super) text: String,
    pub(super) is_nil: bool,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The text of the child with this name, with its white space as it came. `None` where there is no such child or
    /// where it is `xsi:nil`; an empty child has an empty text.
    ///
    /// # Errors
    ///
    /// [`SoapError::Malformed`] where there are several such children, or where it holds elements instead of text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, SoapError> {
        let Some(child) = self.inside(name)? else { return Ok(None) };
        if !child.children.is_empty() {
            return Err(SoapError::Malformed(format!("{name} of {} is no text", self.name)));
        }
        Ok(Some(&child.text))
    }

    /// The text of a child that has to be there.
    ///
    /// # Errors
    ///
    /// [`SoapError::Malformed`] as with [`text`](Self::text), and where there is none.
    pub fn required(&self, name: &str) -> Result<&str, SoapError> {
        self.text(name)?.ok_or_else(|| SoapError::Malformed(format!("{} has no {name}", self.name)))
    }

    /// The child with this name, for answers whose texts stand deeper. `None` where there is none, or where it is
    /// `xsi:nil`.
    ///
    /// # Errors
    ///
    /// [`SoapError::Malformed`] where there are several.
    pub fn inside(&self, name: &str) -> Result<Option<&Element>, SoapError> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(SoapError::Malformed(format!("{} has {name} more than once", self.name)));
        }
        Ok(first.filter(|child| !child.is_nil))
    }

    /// All children with this name, for lists.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| {
            child.name == name && (child.namespace.is_empty() || child.namespace == self.namespace)
        })
    }

    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }
}

/// Reads the whole document. An error says what is wrong and quotes nothing of it.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    if !text.chars().all(is_legal) {
        return Err("it has a character that XML does not know".to_owned());
    }
    // The reader would pass over one more.
    if text.starts_with('\u{feff}') {
        return Err(OUTSIDE.to_owned());
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    // An empty element is then read like any other.
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    let mut is_first = true;
    loop {
        match reader.read_event().map_err(|error| said(&error))? {
            Event::Start(start) => tree.open(element(&reader, &start)?)?,
            Event::End(_) => tree.close()?,
            Event::Text(text) if text.contains("]]>") => return Err("it has the end of CDATA in its text".to_owned()),
            Event::Text(text) => tree.write(&text.xml10_content())?,
            Event::CData(text) => tree.open.last_mut().ok_or(OUTSIDE)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => tree.open.last_mut().ok_or(OUTSIDE)?.text.push(referred(&reference)?),
            Event::Comment(_) => {}
            Event::Decl(declaration) if is_first => check_declaration(&declaration)?,
            Event::Decl(_) => return Err("its declaration does not stand at the beginning".to_owned()),
            // SOAP forbids both. Without a DTD there are no entities to be expanded.
            Event::DocType(_) => return Err("it has a DTD".to_owned()),
            Event::PI(_) => return Err("it has a processing instruction".to_owned()),
            Event::Empty(_) => return Err("it has an element that was not expanded".to_owned()),
            Event::Eof => return tree.done(),
        }
        is_first = false;
    }
}

const OUTSIDE: &str = "there is text outside of the document's element";

/// What has been read so far.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), String> {
        self.elements += 1;
        if self.root.is_some() {
            return Err("it has more than one outermost element".to_owned());
        }
        if self.open.len() == DEEPEST {
            return Err(format!("its elements stand deeper than {DEEPEST}"));
        }
        if self.elements > MOST_ELEMENTS {
            return Err(format!("it has more than {MOST_ELEMENTS} elements"));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let closed = self.open.pop().ok_or("an element is closed that was not opened")?;
        if closed.is_nil && !(closed.children.is_empty() && is_blank(&closed.text)) {
            return Err("an element is nil and holds something".to_owned());
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_blank(text) => {}
            None => return Err(OUTSIDE.to_owned()),
        }
        Ok(())
    }

    fn done(self) -> Result<Element, String> {
        if !self.open.is_empty() {
            return Err("it is cut: an element is not closed".to_owned());
        }
        self.root.ok_or_else(|| "it has no element".to_owned())
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, String> {
    if !is_qualified_name(start.name().into_inner()) {
        return Err("an element has a name that is none".to_owned());
    }
    let (namespace, name) = reader.resolver().resolve_element(start.name());
    let mut element =
        Element { namespace: bound(&namespace)?, name: name.into_inner().to_owned(), ..Element::default() };
    for (index, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| "an attribute is not well-formed")?;
        if index == MOST_ATTRIBUTES {
            return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
        }
        if !is_qualified_name(attribute.key.into_inner()) || attribute.value.contains('<') {
            return Err("an attribute is not well-formed".to_owned());
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).ok();
        let value = value.filter(|value| value.chars().all(is_legal)).ok_or("an attribute has an unknown reference")?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        if bound(&namespace)? == INSTANCE && name.into_inner() == "nil" {
            element.is_nil = match value.trim() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return Err("an element is neither nil nor not".to_owned()),
            };
        }
    }
    Ok(element)
}

/// The namespace's name; the reader gives it as it is written.
fn bound(namespace: &ResolveResult<'_>) -> Result<String, String> {
    match namespace {
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Bound(namespace) => quick_xml::escape::unescape(namespace.into_inner())
            .map(|name| name.into_owned())
            .map_err(|_| "a namespace has an unknown reference".to_owned()),
        ResolveResult::Unknown(_) => Err("a prefix has no namespace".to_owned()),
    }
}

/// The character that a reference stands for: one by number, or one of XML's own five names.
fn referred(reference: &BytesRef<'_>) -> Result<char, String> {
    let numbered = reference.resolve_char_ref().map_err(|_| "a reference has no character")?;
    let named = || quick_xml::escape::resolve_xml_entity(reference).and_then(|text| text.chars().next());
    let character = numbered.or_else(named).ok_or("it refers to an entity that XML does not have of itself")?;
    if is_legal(character) { Ok(character) } else { Err("a reference has no character".to_owned()) }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), String> {
    if !declaration.version().is_ok_and(|version| version == "1.0") {
        return Err("it is not XML 1.0".to_owned());
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err("it says that it is not UTF-8".to_owned()),
    }
}

/// What the reader says, without what it quotes.
fn said(error: &XmlError) -> String {
    match error {
        XmlError::Syntax(error) => error.to_string(),
        XmlError::Namespace(_) => "its namespaces are not well-formed".to_owned(),
        _ => "it is not well-formed".to_owned(),
    }
}
