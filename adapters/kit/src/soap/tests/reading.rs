//! Answers and faults as servers write them.

use super::*;

fn fault(version: Version, document: &str) -> (String, String) {
    match read(version, document.as_bytes(), NAMESPACE, "PayResponse") {
        Err(SoapError::Fault { code, reason }) => (code, reason),
        other => panic!("{document} is taken for {other:?}"),
    }
}

#[test]
fn a_child_is_found_whatever_its_prefix() {
    for document in [
        response("<PayResult>OK</PayResult>"),
        format!("\u{feff}{}", response("<PayResult>OK</PayResult>")),
        envelope(
            Version::Soap11,
            &format!(r#"<n:PayResponse xmlns:n="{NAMESPACE}"><n:PayResult>OK</n:PayResult></n:PayResponse>"#),
        ),
        envelope(
            Version::Soap11,
            &format!(r#"<n:PayResponse xmlns:n="{NAMESPACE}"><PayResult>OK</PayResult></n:PayResponse>"#),
        ),
        format!(
            r#"<Envelope xmlns="{}" xmlns:p='{NAMESPACE}'>
                 <Header><Anything xmlns="urn:x">text</Anything></Header>
                 <Body>
                   <p:PayResponse><!-- so --><p:PayResult  >OK</p:PayResult ></p:PayResponse>
                 </Body>
               </Envelope>
            "#,
            Version::Soap11.namespace()
        ),
    ] {
        let answer = pay(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
        assert_eq!(answer.text("PayResult"), Ok(Some("OK")), "{document}");
        assert_eq!(answer.text("Payresult"), Ok(None));
    }
}

#[test]
fn a_text_is_whole_however_it_is_written() {
    for (written, meant) in [
        ("", ""),
        ("  1 ", "  1 "),
        ("1.0<!-- 5 -->00", "1.000"),
        ("<![CDATA[<PW>&amp;]]> b", "<PW>&amp; b"),
        ("a]]&gt;b<![CDATA[]]]]><![CDATA[>]]>", "a]]>b]]>"),
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("&#65;&#x42;&#x10FFFF;&#13;", "AB\u{10ffff}\r"),
        ("مدفوع", "مدفوع"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("<![CDATA[a\r\nb]]>", "a\nb"),
    ] {
        let answer = pay(&response(&format!("<R>{written}</R>"))).unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!(answer.required("R"), Ok(meant), "{written}");
    }
    assert_eq!(pay(&response("<R/>")).expect("an answer").required("R"), Ok(""));
}

#[test]
fn nil_is_nothing() {
    let instance = r#"xmlns:i="http://www.w3.org/2001/XMLSchema-instance""#;
    for nil in ["<R {} i:nil=\"true\"/>", "<R {} i:nil='1'></R>", "<R {} i:nil=\" true \">\n </R>"] {
        let answer = pay(&response(&nil.replace("{}", instance))).expect("an answer");
        assert_eq!((answer.text("R"), answer.inside("R")), (Ok(None), Ok(None)), "{nil}");
        assert!(answer.required("R").is_err());
    }
    // Not nil: it says so, or says it in a namespace that means nothing.
    for full in [r#"<R {} i:nil="false">x</R>"#, r#"<R nil="true">x</R>"#, r#"<R xmlns:i="urn:x" i:nil="true">x</R>"#] {
        let answer = pay(&response(&full.replace("{}", instance))).expect("an answer");
        assert_eq!(answer.text("R"), Ok(Some("x")), "{full}");
    }
    refused(&response(&format!(r#"<R {instance} i:nil="true">x</R>"#)));
    refused(&response(&format!(r#"<R {instance} i:nil="maybe"/>"#)));
    let body = format!(r#"<PayResponse xmlns="{NAMESPACE}" {instance} i:nil="true"/>"#);
    refused(&envelope(Version::Soap11, &body));
}

#[test]
fn a_child_of_a_foreign_namespace_is_not_found() {
    let answer = pay(&response(r#"<R xmlns="urn:else">forged</R><o:R xmlns:o="urn:else">forged</o:R>"#));
    let answer = answer.expect("an answer");
    assert_eq!(answer.text("R"), Ok(None));
    let missing = answer.required("R").expect_err("there is none");
    assert_eq!(missing, SoapError::Malformed("PayResponse has no R".to_owned()));
}

#[test]
fn what_is_ambiguous_is_no_text() {
    let answer = pay(&response("<R>1</R><R>2</R><Q><S>3</S><S/></Q>")).expect("an answer");
    assert_eq!(answer.text("R"), Err(SoapError::Malformed("PayResponse has R more than once".to_owned())));
    assert_eq!(answer.text("Q"), Err(SoapError::Malformed("Q of PayResponse is no text".to_owned())));
    let texts: Vec<_> = answer.all("R").map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["1", "2"]);
    let inside = answer.inside("Q").expect("one").expect("there");
    assert_eq!((inside.all("S").count(), inside.text("T")), (2, Ok(None)));
}

#[test]
fn a_fault_of_soap_11() {
    let body = r#"<s:Fault><faultcode>s:Client</faultcode><faultstring xml:lang="en"> No
        such &lt;account&gt; </faultstring><detail><x>y</x></detail></s:Fault>"#;
    let told = fault(Version::Soap11, &envelope(Version::Soap11, body));
    assert_eq!(told, ("Client".to_owned(), "No\n        such <account>".to_owned()));
    for (written, code) in [
        ("Server.Busy", "Server.Busy"),
        ("soap-env:Client.Auth", "Client.Auth"),
        ("urn:a:b", "urn:a:b"),
        ("http://x", "http://x"),
        ("100", "100"),
        ("1:a", "1:a"),
    ] {
        let body = format!("<s:Fault><faultcode>{written}</faultcode></s:Fault>");
        assert_eq!(fault(Version::Soap11, &envelope(Version::Soap11, &body)), (code.to_owned(), String::new()));
    }
}

#[test]
fn a_fault_of_soap_12() {
    let body = r#"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>x:Busy</s:Value></s:Subcode></s:Code>
        <s:Reason><s:Text xml:lang="en">Later</s:Text><s:Text xml:lang="ar">لاحقا</s:Text></s:Reason></s:Fault>"#;
    let told = fault(Version::Soap12, &envelope(Version::Soap12, body));
    assert_eq!(told, ("Receiver".to_owned(), "Later".to_owned()));
}

#[test]
fn a_fault_is_one_however_little_it_says() {
    for version in VERSIONS {
        for body in ["<s:Fault/>", "<s:Fault><other/></s:Fault>", "<s:Fault> </s:Fault>"] {
            assert_eq!(fault(version, &envelope(version, body)), (String::new(), String::new()));
        }
    }
    // Only the envelope's own fault is one.
    refused(&response("").replace("PayResponse", "Fault"));
}
