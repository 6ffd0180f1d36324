//! Elements and attributes of XML, whole, cut and wrong.

use proptest::prelude::*;

use super::masked;

fn all(cases: &[(&str, &str)]) {
    for (given, shown) in cases {
        assert_eq!(masked(given), *shown, "{given}");
    }
}

#[test]
fn an_element_is_masked_whatever_its_prefix_and_case() {
    all(&[
        ("<a><otp>1234</otp><b>5</b></a>", "<a><otp>***</otp><b>5</b></a>"),
        ("<OTP>1234</OTP>", "<OTP>***</OTP>"),
        ("<x:Otp xmlns:x='u'>1234</x:Otp >", "<x:Otp ***>***</x:Otp >"),
        ("<a:b:otp>1</a:b:otp>", "<a:b:otp>***</a:b:otp>"),
        ("<otp\n>1\n2</otp\n>", "<otp\n>***</otp\n>"),
        ("<otp></otp><otp/><otp />", "<otp>***</otp><otp/><otp />"),
        ("<securehash>1</securehash>", "<securehash>***</securehash>"),
        ("<otp><v>1</v><v a='2'>3</v></otp>4", "<otp>***</otp>4"),
        ("<otp>1</otp>2<otp>3</otp>4", "<otp>***</otp>2<otp>***</otp>4"),
    ]);
}

#[test]
fn other_names_are_left_alone() {
    for text in [
        "<otps>1</otps>",
        "<otp-x>1</otp-x>",
        "<x.otp>1</x.otp>",
        "<otp:x>1</otp:x>",
        "</otp>1",
        "a < otp > b",
        "<o><t>1</t></o>",
        "<!-- otp -->",
        "<?otp 1?>",
        "<otp",
        "<ot",
        "<",
        "<otpé>1</otpé>",
        "<رمز>1</رمز>",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn attributes_of_and_in_an_element_are_masked() {
    all(&[
        (r#"<otp value="1234"/>5"#, "<otp ***/>5"),
        (r#"<otp a=">12" b='">34'>56</otp>7"#, "<otp ***>***</otp>7"),
        (r#"<Login user="me" OTP="12&quot;34" x='1'>y</Login>"#, r#"<Login user="me" OTP="***" x='1'>y</Login>"#),
        ("<a ns:otp = '12\"34' b='c'/>", "<a ns:otp = '***' b='c'/>"),
        (r#"<a b="c" otp="12"34" d="e"/>"#, r#"<a b="c" otp="***" d="e"/>"#),
        (r#"<a b="c" otp=",12" d="e"/>"#, r#"<a b="c" otp="***" d="e"/>"#),
        (r#"<a b="otp" c="d"/>"#, r#"<a b="otp" c="d"/>"#),
    ]);
}

#[test]
fn cdata_comments_and_nested_names_do_not_end_an_element() {
    all(&[
        ("<otp><![CDATA[12]]></otp>3", "<otp>***</otp>3"),
        ("<otp><![CDATA[</otp>12]]&gt;</otp>34]]></otp>5", "<otp>***</otp>5"),
        ("<otp><!-- </otp> -->12</otp>3", "<otp>***</otp>3"),
        ("<otp><?x </otp> ?>12</otp>3", "<otp>***</otp>3"),
        ("<otp><otp>1</otp>2<otp/>3<otp a='/'>4</otp>5</otp>6", "<otp>***</otp>6"),
        ("<otp><v a='</otp>'>12</v></otp>3", "<otp>***</otp>3"),
        ("<otp><otps>1</otps>2</otp>3", "<otp>***</otp>3"),
        ("<otp>&lt;/otp&gt;12</otp>3", "<otp>***</otp>3"),
        ("<otp a=/&gt;12>34</otp>5", "<otp ***>***</otp>5"),
        ("<otp>12</OTP>34</otp>5", "<otp>***</otp>5"),
        ("<a:otp>12</b:otp>34</a:otp>5", "<a:otp>***</a:otp>5"),
        ("<otp>1 < 2 </otp>3", "<otp>***</otp>3"),
        ("<![CDATA[<otp>12</otp>]]>3<!--<otp>4</otp>-->", "<![CDATA[<otp>***</otp>]]>3<!--<otp>***</otp>-->"),
    ]);
}

#[test]
fn what_is_cut_is_masked_to_the_end() {
    let whole = "<a><x:otp a='12'>34<![CDATA[56]]><b c='78'>90</b></x:otp></a>";
    for end in 0..=whole.len() {
        let shown = masked(&whole[..end]);
        assert!(!shown.contains(|digit: char| digit.is_ascii_digit()), "{shown}");
    }
    all(&[
        ("<otp>12", "<otp>***"),
        ("<otp>12</o", "<otp>***"),
        ("<otp>12</otp", "<otp>***</otp"),
        ("<otp>12<", "<otp>***"),
        ("<otp>12<![CDATA[</otp>3", "<otp>***"),
        ("<otp>12<!-- </otp>3", "<otp>***"),
        ("<otp>12</otps>3<b>4</b>", "<otp>***"),
        ("<otp a='12>34</otp>5", "<otp ***"),
        ("<otp>12<b a='</otp>3", "<otp>***"),
        ("<a otp='12", "<a otp='***"),
        ("<a b='c' otp='12 d=5", "<a b='c' otp='***"),
        ("<a otp=", "<a otp=***"),
    ]);
}

#[test]
fn escaped_markup_is_masked_like_plain_markup() {
    all(&[
        ("<r>&lt;otp&gt;12&lt;/otp&gt;3</r>", "<r>&lt;otp&gt;***&lt;/otp&gt;3</r>"),
        ("&LT;x:otp a=&quot;1&quot;&GT;2&lt;/x:otp&gt;z", "&LT;x:otp ***&GT;***&lt;/x:otp&gt;z"),
        ("&#60;otp&#62;12&#60;/otp&#62;3", "&#60;otp&#62;***&#60;/otp&#62;3"),
        ("&#x3C;otp&#x003e;12&#x3c;/otp>3", "&#x3C;otp&#x003e;***&#x3c;/otp>3"),
        ("&amp;lt;otp&amp;gt;12&lt;/otp&gt;3&amp;lt;/otp&amp;gt;4", "&amp;lt;otp&amp;gt;***&amp;lt;/otp&amp;gt;4"),
        ("&lt;&#111;t&#x70;&gt;12&lt;/&#111;t&#x70;&gt;3", "&lt;&#111;t&#x70;&gt;***&lt;/&#111;t&#x70;&gt;3"),
        ("&lt;o&amp;gt;", "&lt;o&amp;gt;"),
        ("&lt;otp&gt;12", "&lt;otp&gt;***"),
    ]);
}

proptest! {
    #[test]
    fn a_planted_element_never_survives(
        before in "[a-z<>/=\"'&;%\\\\!\\[\\] -]{0,16}",
        prefix in prop::sample::select(&["", "x:", "soap-env:"][..]),
        inside in "[a-z<>/=&;\\[\\] -]{0,8}",
        secret in "[A-F0-9]{12}",
    ) {
        let text = format!("{before}<{prefix}otp>{inside}{secret}</{prefix}otp>");
        // What looks like the element's own end is its end.
        prop_assume!(!inside.contains("/otp"));
        let shown = masked(&text);
        prop_assert!(!shown.contains(&secret), "{} -> {}", text, shown);
    }

    #[test]
    fn a_planted_attribute_never_survives(before in "[a-z<>/=\"'&;%\\\\!\\[\\] -]{0,16}", secret in "[A-F0-9]{12}") {
        let text = format!("{before} <a x=\"1\" otp=\"{secret}\" y=\"2\">");
        let shown = masked(&text);
        prop_assert!(!shown.contains(&secret), "{} -> {}", text, shown);
    }
}
