//! How far our clock is from a provider's, by the `Date` of its answer.

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::finding::Verdict;

/// From here on somebody should know: signed times are compared within a minute by some.
const NOTE: i64 = 5_000;
/// From here on calls are refused.
const BAD: i64 = 30_000;

/// What the clocks say: milliseconds that ours is ahead, by an answer to a question that was put and answered then.
pub(super) fn ahead(headers: &HeaderMap, asked: Timestamp, answered: Timestamp) -> Option<i64> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    // The header has whole seconds: on average it is half a second old.
    Some((asked.as_millisecond() + answered.as_millisecond()) / 2 - theirs.as_millisecond() - 500)
}

/// What that is, and how it is said.
pub(super) fn judge(ahead: i64) -> (Verdict, String) {
    let way = if ahead < 0 { "behind" } else { "ahead of" };
    let off = format!("our clock is {:.1} s {way} the provider's", ahead.unsigned_abs() as f64 / 1_000.0);
    match ahead.abs() {
        off if off < NOTE => (Verdict::Good, "agrees with the provider's".to_owned()),
        amount if amount < BAD => (Verdict::Note, off),
        _ => (Verdict::Bad, off),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_in_the_middle_of_the_question() {
        let headers = HeaderMap::from_iter([(header::DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().expect("a value"))]);
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let ours = |asked: &str, answered: &str| ahead(&headers, at(asked), at(answered)).map(judge);
        let agrees = ours("1994-11-06T08:49:37Z", "1994-11-06T08:49:38Z").expect("a date");
        assert_eq!(agrees.0, Verdict::Good);
        let (verdict, says) = ours("1994-11-06T08:49:49Z", "1994-11-06T08:49:50Z").expect("a date");
        assert_eq!((verdict, says.as_str()), (Verdict::Note, "our clock is 12.0 s ahead of the provider's"));
        let (verdict, says) = ours("1994-11-06T08:48:37Z", "1994-11-06T08:48:38Z").expect("a date");
        assert_eq!((verdict, says.as_str()), (Verdict::Bad, "our clock is 60.0 s behind the provider's"));
        assert_eq!(ahead(&HeaderMap::new(), Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH), None);
    }
}
