//! The sentences of the original in its three languages; Chinese, its own, where nothing else is asked for.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::http::router::Facade;

/// A language of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Arabic.
    Arabic,
    /// English.
    English,
    /// Chinese.
    Chinese,
}

/// A sentence in Chinese, English and Arabic.
#[derive(Debug, Clone, Copy)]
pub struct Sentence(&'static str, &'static str, &'static str);

/// Something was read.
pub const FETCHED: Sentence = Sentence("获取成功", "Fetched", "تم الجلب بنجاح");
/// Something is sent again.
pub const RETRIED: Sentence = Sentence("重试成功", "Queued for retry", "تمت إعادة الإرسال إلى قائمة الانتظار");
/// Old rows are gone.
pub const CLEANED: Sentence = Sentence("清理成功", "Cleaned up", "تم التنظيف بنجاح");
/// A breaker is closed.
pub const RESET: Sentence = Sentence("熔断器重置成功", "Circuit breaker reset", "تمت إعادة ضبط قاطع الدائرة");
/// An alert is on its way.
pub const ALERTED: Sentence = Sentence("告警发送成功", "Alert sent", "تم إرسال التنبيه");

impl Sentence {
    /// In a language.
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.0,
            Language::English => self.1,
            Language::Arabic => self.2,
        }
    }
}

impl Language {
    /// The one that Accept-Language wants most.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::Chinese, 0.0);
        for part in wanted.split(',') {
            let (tag, parameter) = part.split_once(';').unwrap_or((part, ""));
            let weight = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.trim().parse::<f32>().ok());
            let language = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "ar" => Self::Arabic,
                "en" => Self::English,
                "zh" => Self::Chinese,
                _ => continue,
            };
            if let Some(weight) = weight
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        best.0
    }

    /// What a problem says.
    pub fn tell(self, problem: &schemas::Problem) -> String {
        match (self, problem.errors.first()) {
            (Self::Chinese, first) => chinese(&problem.code, first.map(|error| error.field.as_str())),
            (Self::English, Some(error)) => format!("{}: {}", error.field, error.message),
            (Self::Arabic, Some(error)) => format!("{}: {}", error.field, error.message_ar),
            (Self::English, None) => problem.detail.clone(),
            (Self::Arabic, None) => problem.detail_ar.clone(),
        }
    }
}

fn chinese(code: &str, field: Option<&str>) -> String {
    let text = match code {
        "invalid_request" => "参数错误",
        "unauthorized" => "未授权，请提供有效的密钥",
        "forbidden" => "没有权限",
        "not_found" => "记录不存在",
        "conflict" => "当前状态不允许此操作",
        "rate_limited" => "请求过于频繁，请稍后再试",
        "unavailable" => "服务暂时不可用，请稍后再试",
        _ => "服务器内部错误",
    };
    field.map_or_else(|| text.to_owned(), |field| format!("{text}：{field}"))
}

impl FromRequestParts<Facade> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Facade) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_most_wanted_language_that_there_is() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            Language::of(&headers)
        };
        assert_eq!(Language::of(&HeaderMap::new()), Language::Chinese);
        assert_eq!([of("ar"), of("ar-LY,en;q=0.5"), of("fr, ar;q=0.2")], [Language::Arabic; 3]);
        assert_eq!([of("EN-us"), of("ar;q=0.4, en;q=0.9"), of("en,ar")], [Language::English; 3]);
        assert_eq!([of("fr"), of("*"), of("en;q=0"), of("en;q=x"), of("zh-CN,en")], [Language::Chinese; 5]);
    }
}
