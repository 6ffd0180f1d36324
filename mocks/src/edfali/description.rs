//! The description of the service in WSDL, as ASP.NET makes one.

use axum::http::StatusCode;

use super::request::NAMESPACE;
use crate::exchange::Answer;

const OPERATIONS: [(&str, &[&str]); 2] = [
    ("DoPTrans", &["Mobile", "Pin", "Cmobile", "Amount", "PW"]),
    ("OnlineConfTrans", &["Mobile", "Pin", "sessionID", "PW"]),
];

/// The description of the service at this address.
pub(super) fn description(origin: &str, path: &str) -> Answer {
    let types: String = OPERATIONS.iter().map(|(name, fields)| elements(name, fields)).collect();
    let messages: String = OPERATIONS.iter().map(|(name, _)| messages(name)).collect();
    let operations: String = OPERATIONS.iter().map(|(name, _)| operation(name)).collect();
    let bound: String = OPERATIONS.iter().map(|(name, _)| bound(name)).collect();
    let document = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
<wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">{types}</s:schema></wsdl:types>
{messages}
<wsdl:portType name="NewEdfaliSoap">{operations}</wsdl:portType>
<wsdl:binding name="NewEdfaliSoap" type="tns:NewEdfaliSoap"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</wsdl:binding>
<wsdl:service name="NewEdfali"><wsdl:port name="NewEdfaliSoap" binding="tns:NewEdfaliSoap"><soap:address location="{origin}{path}"/></wsdl:port></wsdl:service>
</wsdl:definitions>"#
    );
    Answer::new(StatusCode::OK, "text/xml; charset=utf-8", document)
}

fn elements(name: &str, fields: &[&str]) -> String {
    let field = |field: &&str| format!(r#"<s:element minOccurs="0" maxOccurs="1" name="{field}" type="s:string"/>"#);
    let asked: String = fields.iter().map(field).collect();
    let answered = field(&&*format!("{name}Result"));
    let element = |name: &str, inside: &str| {
        format!(
            r#"<s:element name="{name}"><s:complexType><s:sequence>{inside}</s:sequence></s:complexType></s:element>"#
        )
    };
    element(name, &asked) + &element(&format!("{name}Response"), &answered)
}

fn messages(name: &str) -> String {
    let message = |suffix: &str, element: &str| {
        format!(
            r#"<wsdl:message name="{name}{suffix}"><wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>"#
        )
    };
    message("SoapIn", name) + &message("SoapOut", &format!("{name}Response"))
}

fn operation(name: &str) -> String {
    format!(
        r#"<wsdl:operation name="{name}"><wsdl:input message="tns:{name}SoapIn"/><wsdl:output message="tns:{name}SoapOut"/></wsdl:operation>"#
    )
}

fn bound(name: &str) -> String {
    format!(
        r#"<wsdl:operation name="{name}"><soap:operation soapAction="{NAMESPACE}{name}" style="document"/></wsdl:operation>"#
    )
}
