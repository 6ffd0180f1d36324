//! The scenes of the day: what can happen to payments and to those who are told of them, and how each must end.

mod merchants;
mod payments;
mod settlement;
mod shipping;
mod wallets;

use mocks::Outcome;

use super::stage::Stage;
use crate::cli::CommandError;

/// A scene, and how it must end.
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) title_ar: &'static str,
    pub(super) expected: &'static str,
}

const fn scene(name: &'static str, title_ar: &'static str, expected: &'static str) -> Scene {
    Scene { name, title_ar, expected }
}

/// The day.
pub(super) const SCENES: &[Scene] = &[
    scene("paid", "دفع ناجح", "paid"),
    scene("declined", "بطاقة مرفوضة", "declined"),
    scene("cancelled", "ألغى الزبون", "cancelled"),
    scene("expired_then_paid", "انتهت المهلة ثم دُفع", "expired, then paid late"),
    scene("cash_then_card_lands", "دُفع نقداً ثم وصلت البطاقة", "needs_review: paid_twice"),
    scene("refunded", "استرداد كامل", "refunded"),
    scene("partly_refunded", "استرداد جزئي", "partially_refunded: 4.500"),
    scene("callback_forged", "إشعار مزور", "wrong hash 401, replayed hash ignored: requires_action"),
    scene("callback_repeated", "إشعار مكرر", "paid, told once"),
    scene("provider_down", "تعطل المزود", "card refused with alternatives, cash taken instead, card back"),
    scene("refund_acted_then_cut", "استرداد نُفذ وانقطع الرد", "refunded, sent once, by asking"),
    scene("wallet_by_code", "محفظة برمز تأكيد", "wrong code: 4 more; right code: paid"),
    scene("wallet_by_page", "محفظة على صفحة المزود", "redirect, paid by asking"),
    scene("wallet_route_switch", "طريق آخر إلى المحفظة", "sadad down: tlync opens attempt 2, requires_action"),
    scene("confirm_unclear", "تأكيد انقطع رده", "processing, then paid by asking, charged once"),
    scene("confirm_unclear_for_good", "تأكيد لا يُسأل عنه", "needs_review, paid with evidence, charged once"),
    scene("settlement", "تسوية بفروق", "matched 1, missing_here 2, orphan 1: paid, needs_review, nobody's"),
    scene(
        "rates_shopped",
        "مقارنة أسعار الشحن",
        "amyal, darb_assabil, vanex, wingsly; vanex hangs: amyal, darb_assabil, wingsly",
    ),
    scene("booking_fallback", "شركة بديلة", "amyal refuses: darb_assabil, booked"),
    scene("booking_acted_then_cut", "حجز انقطع رده", "no answer, booked all the same, 1 parcel"),
    scene("delivered", "شحنة سُلّمت", "booked, picked_up, out_for_delivery, delivered"),
    scene("returned", "شحنة أُعيدت", "a waybill, in_transit, returning, returned"),
    scene("remittance", "تحصيل المبالغ من شركة الشحن", "matched 1, amount_differs 1, unknown_parcel 1; owed 5.000"),
    scene("merchant_told", "أُبلغ التاجر بالدفع", "payment.paid arrived once, signature valid"),
    scene("merchant_slow", "تاجر بطيء", "marked slow, told all the same; the fast one beside it long before"),
    scene("merchant_dead", "تاجر متوقف", "breaker open after five failures, 8 wait and use up no try"),
    scene("merchant_back", "عاد التاجر", "probe arrived, breaker closed, all 8 arrived once"),
    scene("merchant_told_again", "أُعيد إرسال ما لم يصل", "given up after 4 tries, sent again, arrived once"),
];

/// What a scene answers: how it ended.
type Played = Result<String, CommandError>;

/// Plays one scene on a store of its own.
pub(super) async fn play(name: &str, stage: &Stage) -> Played {
    let store = stage.store().await?;
    match name {
        "paid" => payments::outcome(&store, Outcome::Approved, "paid").await,
        "declined" => payments::outcome(&store, Outcome::Declined, "declined").await,
        "cancelled" => payments::cancelled(&store).await,
        "expired_then_paid" => payments::expired_then_paid(&store).await,
        "cash_then_card_lands" => payments::cash_then_card_lands(&store).await,
        "refunded" => payments::refunded(&store).await,
        "partly_refunded" => payments::partly_refunded(&store).await,
        "callback_forged" => payments::callback_forged(&store).await,
        "callback_repeated" => payments::callback_repeated(&store).await,
        "provider_down" => payments::provider_down(&store).await,
        "refund_acted_then_cut" => payments::refund_acted_then_cut(&store).await,
        "wallet_by_code" => wallets::by_code(&store).await,
        "wallet_by_page" => wallets::by_page(&store).await,
        "wallet_route_switch" => wallets::route_switch(&store).await,
        "confirm_unclear" => wallets::unclear_confirm(&store).await,
        "confirm_unclear_for_good" => wallets::unclear_for_good(&store).await,
        "settlement" => settlement::differences(&store).await,
        "rates_shopped" => shipping::rates(&store).await,
        "booking_fallback" => shipping::fallback(&store).await,
        "booking_acted_then_cut" => shipping::lost(&store).await,
        "delivered" => shipping::delivered(&store).await,
        "returned" => shipping::returned(&store).await,
        "remittance" => shipping::remittance(&store).await,
        "merchant_told" => merchants::told(&store).await,
        "merchant_slow" => merchants::slow(&store).await,
        "merchant_dead" => merchants::dead(&store).await,
        "merchant_back" => merchants::back(&store).await,
        "merchant_told_again" => merchants::told_again(&store).await,
        _ => Err(CommandError::Refused(format!("there is no scene {name}"))),
    }
}
