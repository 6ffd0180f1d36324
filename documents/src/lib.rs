//! Printed documents: the waybill label and the manifest, as PDF with shaped Arabic and scannable codes. Pure: data in, bytes out.
