//! What is printed: labels and manifests, as PDF.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use schemas::ShipmentId;
use serde::Deserialize;

use crate::caller::Caller;
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("inline; filename=\"{name}.pdf\"");
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// The label of a shipment
///
/// A6, one page for each parcel, in both languages, with a barcode and a QR code of the carrier's number.
#[utoipa::path(get, path = "/v1/shipments/{id}/label", tag = "shipping", params(("id" = ShipmentId, Path)),
    responses((status = 200, description = "The waybill", body = String, content_type = "application/pdf"),
        (status = 404, description = "`not_found`", body = schemas::Problem),
        (status = 409, description = "`conflict`: no carrier has it", body = schemas::Problem),
        (status = 422, description = "`unsupported`: the carrier's number cannot be printed as a barcode", body = schemas::Problem)))]
pub async fn label(State(facade): State<Facade>, caller: Caller, Id(id): Id<ShipmentId>) -> Result<Response, Problem> {
    let bytes = facade.shipping.label(&caller, id).await?;
    Ok(pdf(&id.to_string(), bytes))
}

/// Which manifest.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ManifestQuery {
    /// Whose driver takes it along.
    carrier: String,
    /// The day in Tripoli on which the shipments were booked, `YYYY-MM-DD`; today when absent.
    #[param(value_type = Option<String>)]
    date: Option<jiff::civil::Date>,
}

/// What a carrier's driver takes along
///
/// A4: every shipment that was booked with a carrier on a day and that it has, with totals and room for two signatures.
#[utoipa::path(get, path = "/v1/shipments/manifest", tag = "shipping", params(ManifestQuery),
    responses((status = 200, description = "The manifest", body = String, content_type = "application/pdf"),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn manifest(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<ManifestQuery>,
) -> Result<Response, Problem> {
    let bytes = facade.shipping.manifest(&caller, &query.carrier, query.date).await?;
    Ok(pdf(&format!("manifest-{}", query.carrier), bytes))
}
