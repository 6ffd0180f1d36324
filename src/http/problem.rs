//! Problems: the one place where a refusal becomes an answer (RFC 9457), in English and Arabic.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kit::{Kind, Origin};
use schemas::{FieldError, Text};

use super::access::Access;
use crate::db::DbError;
use crate::refusal::Refusal;

/// What is stable about a code: what the documentation page says.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The stable word.
    pub code: &'static str,
    /// The status.
    pub status: StatusCode,
    /// English, Arabic.
    pub title: (&'static str, &'static str),
    /// What to do, English and Arabic.
    pub advice: (&'static str, &'static str),
}

macro_rules! codes {
    ($($name:ident = $code:literal $status:ident $title:literal $title_ar:literal $advice:literal $advice_ar:literal;)+) => {
        $(static $name: Code = Code {
            code: $code,
            status: StatusCode::$status,
            title: ($title, $title_ar),
            advice: ($advice, $advice_ar),
        };)+

        /// Every code that is answered.
        pub static CODES: &[&Code] = &[$(&$name),+];
    };
}

codes! {
    INVALID = "invalid_request" BAD_REQUEST "The request is not valid" "الطلب غير صالح"
        "Mend the fields named in errors and send the request again." "صحّح الحقول المذكورة في errors ثم أعد الإرسال.";
    TOO_LARGE = "invalid_request" PAYLOAD_TOO_LARGE "The request is too large" "الطلب أكبر من الحد المسموح"
        "Send less." "أرسل محتوى أصغر.";
    UNAUTHORIZED = "unauthorized" UNAUTHORIZED "The proof is missing or does not fit" "إثبات الهوية مفقود أو غير صحيح"
        "Send Authorization: Bearer with a living key, or the payment's client_secret." "أرسل Authorization: Bearer بمفتاح فعّال أو client_secret الخاص بالدفعة.";
    FORBIDDEN = "forbidden" FORBIDDEN "The key may not do this" "المفتاح لا يملك هذه الصلاحية"
        "Use a key with the scope that the detail names." "استخدم مفتاحاً له الصلاحية المذكورة في التفاصيل.";
    NOT_FOUND = "not_found" NOT_FOUND "There is no such thing" "غير موجود"
        "Check the id, the store and the mode of the key." "تحقق من المعرّف والمتجر ووضع المفتاح.";
    METHOD = "method_not_allowed" METHOD_NOT_ALLOWED "The path has no such method" "الطريقة غير مدعومة لهذا المسار"
        "See /docs." "راجع /docs.";
    REFERENCE = "reference_in_use" CONFLICT "The reference is in use" "المرجع مستخدم"
        "Read existing_id, or use another reference." "اقرأ existing_id أو استخدم مرجعاً آخر.";
    CONFLICT = "conflict" CONFLICT "Its state does not allow this" "الحالة الحالية لا تسمح بذلك"
        "Read the resource and decide anew." "اقرأ المورد ثم قرر من جديد.";
    UNDER_WAY = "refund_in_flight" CONFLICT "Another refund is under way" "هناك استرداد آخر قيد التنفيذ"
        "Wait for existing_id to end." "انتظر انتهاء existing_id.";
    KEY_MISSING = "idempotency_key_missing" BAD_REQUEST "The Idempotency-Key is missing" "الترويسة Idempotency-Key مفقودة"
        "Send an Idempotency-Key of 1 to 255 visible characters: a new one for each new intention." "أرسل Idempotency-Key من 1 إلى 255 حرفاً ظاهراً، جديداً لكل عملية جديدة.";
    KEY_BUSY = "idempotency_in_progress" CONFLICT "The same request is under way" "الطلب نفسه قيد التنفيذ"
        "Wait a moment and send the same request again." "انتظر قليلاً ثم أعد إرسال الطلب نفسه.";
    KEY_MISMATCH = "idempotency_mismatch" UNPROCESSABLE_ENTITY "The Idempotency-Key was used for another request" "استُخدم Idempotency-Key لطلب مختلف"
        "Use a new key for a new request." "استخدم مفتاحاً جديداً لطلب جديد.";
    UNSUPPORTED = "unsupported" UNPROCESSABLE_ENTITY "This cannot be done" "غير مدعوم"
        "See the detail and the alternatives." "راجع التفاصيل والبدائل.";
    RATE_LIMITED = "rate_limited" TOO_MANY_REQUESTS "Too many requests" "طلبات كثيرة جداً"
        "Wait for Retry-After seconds." "انتظر عدد الثواني في Retry-After.";
    UNAVAILABLE = "provider_unavailable" SERVICE_UNAVAILABLE "The provider cannot be had at the moment" "المزود غير متاح حالياً"
        "Offer the alternatives, or send the request again later." "اعرض البدائل أو أعد المحاولة لاحقاً.";
    PROVIDER_TIMEOUT = "provider_timeout" GATEWAY_TIMEOUT "The provider did not answer in time" "لم يجب المزود في الوقت المحدد"
        "Read the resource before you decide anything." "اقرأ المورد قبل اتخاذ أي قرار.";
    REJECTED = "provider_rejected" BAD_GATEWAY "The provider refused" "رفض المزود الطلب"
        "See the detail." "راجع التفاصيل.";
    DATABASE = "unavailable" SERVICE_UNAVAILABLE "We cannot do this at the moment" "لا يمكن تنفيذ الطلب حالياً"
        "Send the same request, with the same Idempotency-Key, again later: nothing is done twice." "أعد إرسال الطلب نفسه بالمفتاح نفسه لاحقاً؛ لن يُنفّذ شيء مرتين.";
    INTERNAL = "internal" INTERNAL_SERVER_ERROR "We have made a mistake" "حدث خطأ من جانبنا"
        "Tell us the request_id." "أبلغنا بقيمة request_id.";
}

/// An answer that says no.
#[derive(Debug)]
pub struct Problem {
    code: &'static Code,
    detail: Text,
    errors: Vec<FieldError>,
    alternatives: Option<Vec<String>>,
    existing_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(code: &'static Code) -> Self {
        let detail = Text::new(code.advice.0, code.advice.1);
        Self { code, detail, errors: Vec::new(), alternatives: None, existing_id: None, retry_after: None }
    }

    fn detailed(code: &'static Code, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self { detail: Text::new(en, ar), ..Self::new(code) }
    }

    /// Fields at fault.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(&INVALID) }
    }

    /// One field at fault.
    pub fn field(field: impl Into<String>, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, Text::new(en, ar))])
    }

    /// The body is larger than the path takes.
    pub fn too_large(limit: usize) -> Self {
        let text = Text::new(format!("at most {limit} bytes"), format!("الحد الأقصى {limit} بايت"));
        Self { errors: vec![FieldError::new("body", text)], ..Self::new(&TOO_LARGE) }
    }

    /// No key, or one that does not fit.
    pub fn unauthorized() -> Self {
        Self::new(&UNAUTHORIZED)
    }

    /// A test key where live accounts are concerned.
    pub fn forbidden_by_mode() -> Self {
        let en = "The service has live accounts: this needs a live key.";
        Self::detailed(&FORBIDDEN, en.to_owned(), "للخدمة حسابات حقيقية، وهذا يتطلب مفتاحاً حقيقياً.".to_owned())
    }

    /// A key without the scope.
    pub fn forbidden(access: Access) -> Self {
        Self::detailed(&FORBIDDEN, format!("This needs {access}."), format!("يتطلب هذا الإجراء الصلاحية {access}."))
    }

    /// No such thing.
    pub fn not_found() -> Self {
        Self::new(&NOT_FOUND)
    }

    /// No such thing as a field of the request names.
    pub fn not_found_at(field: impl Into<String>, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self { errors: vec![FieldError::new(field, Text::new(en, ar))], ..Self::not_found() }
    }

    /// No such method.
    pub fn method_not_allowed() -> Self {
        Self::new(&METHOD)
    }

    /// No idempotency key where one is needed.
    pub fn key_missing() -> Self {
        Self::new(&KEY_MISSING)
    }

    /// Too fast.
    pub fn rate_limited() -> Self {
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(&RATE_LIMITED) }
    }

    /// A fault of ours; what it was goes to our log only.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(&INTERNAL)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(errors) => Self::invalid(errors),
            Refusal::NotFound => Self::not_found(),
            Refusal::Unauthorized => Self::unauthorized(),
            Refusal::ReferenceInUse(id) => Self { existing_id: Some(id), ..Self::new(&REFERENCE) },
            Refusal::KeyMismatch => Self::new(&KEY_MISMATCH),
            Refusal::Conflict(detail) => Self { detail, ..Self::new(&CONFLICT) },
            Refusal::UnderWay(id) => Self { existing_id: Some(id), ..Self::new(&UNDER_WAY) },
            Refusal::Unsupported { text, alternatives } => {
                Self { detail: text, alternatives: Some(alternatives), ..Self::new(&UNSUPPORTED) }
            }
            Refusal::ProviderUnavailable { alternatives } => {
                Self { alternatives, retry_after: Some(Duration::from_secs(15)), ..Self::new(&UNAVAILABLE) }
            }
            Refusal::TooMany { text, wait } => {
                Self { detail: text, retry_after: Some(wait), ..Self::new(&RATE_LIMITED) }
            }
            Refusal::Provider(error) => error.into(),
            Refusal::Account(error) => Self::internal(&*error),
            Refusal::Db(error) => error.into(),
            Refusal::Internal(_) => Self::internal(&refusal),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        (&error).into()
    }
}

impl From<Arc<DbError>> for Problem {
    fn from(error: Arc<DbError>) -> Self {
        (&*error).into()
    }
}

impl From<&DbError> for Problem {
    fn from(error: &DbError) -> Self {
        match error {
            DbError::Unavailable(_) => {
                tracing::warn!(error = error as &dyn std::error::Error, "the database is not available");
                Self { retry_after: Some(Duration::from_secs(2)), ..Self::new(&DATABASE) }
            }
            _ => Self::internal(error),
        }
    }
}

impl From<kit::Error> for Problem {
    fn from(error: kit::Error) -> Self {
        let code = match error.kind {
            Kind::Timeout => &PROVIDER_TIMEOUT,
            Kind::Unavailable => &UNAVAILABLE,
            Kind::RateLimited => &RATE_LIMITED,
            Kind::Unsupported => &UNSUPPORTED,
            Kind::Internal => return Self::internal(&error),
            _ => &REJECTED,
        };
        let (en, ar) =
            (format!("{}: {}", error.provider, error.message), format!("{}: {}", error.provider, code.title.1));
        Self { retry_after: error.retry_after, ..Self::detailed(code, en, ar) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = schemas::Problem {
            kind: format!("/docs/problems/{}", self.code.code),
            title: self.code.title.0.to_owned(),
            status: self.code.status.as_u16(),
            code: self.code.code.to_owned(),
            detail: self.detail.en,
            detail_ar: self.detail.ar,
            request_id: Origin::current().request_id.clone(),
            errors: self.errors,
            alternatives: self.alternatives,
            existing_id: self.existing_id,
        };
        let mut response = (self.code.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.code.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
