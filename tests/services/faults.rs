//! Everything that can go wrong with the one call: it never leaves again, and ends as the provider's book says, or with a
//! person.

use futures_util::future::join_all;
use mocks::{Fault, FaultKind};

use super::{
    CREATE, FIND, KINDS, Kind, PROVIDERS, asked_for_longer_than_a_doubt_lasts, assert_all_asked, assert_clean, calls,
    close_the_day, events, fault, made, start, until,
};
use crate::harness::{Backend, Gateway, eventually, on_both};

/// Each kind under a fault of its call, for its own provider; how often it has acted, and how it must end.
async fn ordered_under(backend: Backend, kind: FaultKind, acted: usize) {
    let gateway = start(backend).await;
    let each = KINDS.into_iter().zip(PROVIDERS).map(|(what, provider)| one(&gateway, what, provider, kind, acted));
    join_all(each).await;
    assert_clean(&gateway);
    gateway.stop().await;
}

async fn one(gateway: &Gateway, what: Kind, provider: &str, kind: FaultKind, acted: usize) {
    fault(gateway, provider, CREATE, kind);
    let unclear = made(gateway, what, what.order(&format!("OUT-{what:?}"), provider, "1234567")).await;
    let id = unclear.text("id");
    // An unknown outcome is no problem and no failure.
    assert_eq!(unclear.text("status"), "processing", "{what:?} {kind:?}: {unclear:?}");
    if acted == 1 {
        let done = until(gateway, &id, "succeeded").await;
        assert!(done.text("provider_reference").starts_with("wt_"), "{done:?}");
        assert!(events(gateway, &id).await.ends_with(&["service.succeeded".to_owned()]), "{what:?}");
    } else {
        let review = until(gateway, &id, "needs_review").await;
        assert_eq!(review.at("/review/reason"), "unresolved", "{review:?}");
        assert_eq!(events(gateway, &id).await, ["service.needs_review"]);
        // The provider says all the while that it knows of none, and is asked on.
        let asked = calls(gateway, provider, FIND).0;
        eventually("it is asked in review too", || async { calls(gateway, provider, FIND).0 > asked }).await;
        assert_eq!(until(gateway, &id, "needs_review").await.text("id"), id);
    }
    assert_eq!(calls(gateway, provider, CREATE), (1, acted), "{what:?} {kind:?}: it leaves once");
}

on_both! {
    async fn acted_and_then_cut(backend) {
        ordered_under(backend, FaultKind::ActThenCut, 1).await;
    }
}

on_both! {
    async fn cut_before_acting(backend) {
        ordered_under(backend, FaultKind::CutBefore, 0).await;
    }
}

on_both! {
    async fn an_answer_cut_in_the_middle(backend) {
        ordered_under(backend, FaultKind::Truncate, 1).await;
    }
}

on_both! {
    async fn an_answer_of_another_kind(backend) {
        ordered_under(backend, FaultKind::WrongBody, 1).await;
    }
}

on_both! {
    async fn an_answer_and_an_act_that_come_too_late(backend) {
        ordered_under(backend, FaultKind::Delay, 1).await;
    }
}

on_both! {
    async fn a_server_error_that_says_nothing(backend) {
        ordered_under(backend, FaultKind::Status, 0).await;
    }
}

on_both! {
    async fn an_error_inside_a_good_status(backend) {
        ordered_under(backend, FaultKind::ErrorIn200, 0).await;
    }
}

/// A service whose answer was lost, and that nobody can be asked about.
async fn lost(gateway: &Gateway, kind: FaultKind, provider: &str) -> String {
    fault(gateway, provider, CREATE, FaultKind::ActThenCut);
    gateway.mocks.fault(Fault { times: Some(1_000), ..Fault::new(provider, kind).on(FIND) });
    let order = Kind::Transfer.order(&format!("ASKED-{kind:?}"), provider, "1234567");
    let id = made(gateway, Kind::Transfer, order).await.text("id");
    let review = until(gateway, &id, "needs_review").await;
    assert_eq!(review.at("/review/reason"), "unresolved", "{kind:?}");
    id
}

on_both! {
    async fn a_provider_that_is_down_while_it_is_asked(backend) {
        let gateway = start(backend).await;
        for kinds in [
            [FaultKind::Status, FaultKind::CutBefore, FaultKind::ActThenCut],
            [FaultKind::Truncate, FaultKind::WrongBody, FaultKind::ErrorIn200],
        ] {
            let lost = join_all(kinds.into_iter().zip(PROVIDERS).map(|(kind, provider)| lost(&gateway, kind, provider))).await;
            // They are back: an answer ends a review for want of one.
            gateway.mocks.clear_faults();
            for (id, (kind, provider)) in lost.iter().zip(kinds.into_iter().zip(PROVIDERS)) {
                until(&gateway, id, "succeeded").await;
                assert_eq!(events(&gateway, id).await, ["service.needs_review", "service.succeeded"], "{kind:?}");
                assert_eq!(calls(&gateway, provider, CREATE), (1, 1), "{kind:?}");
            }
            gateway.mocks.clear_journal();
        }
        assert_all_asked(&gateway).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refusal_that_was_lost_is_found_by_asking(backend) {
        let gateway = start(backend).await;
        // The mock keeps what it has failed; what it has refused it does not know of.
        for (ends, status) in [("0000005", "failed"), ("0000001", "needs_review"), ("0000003", "needs_review")] {
            fault(&gateway, "mobicash", CREATE, FaultKind::ActThenCut);
            let order = Kind::TopUp.order(&format!("LOST-{ends}"), "mobicash", ends);
            let unclear = made(&gateway, Kind::TopUp, order).await;
            assert_eq!(unclear.text("status"), "processing", "{unclear:?}");
            until(&gateway, &unclear.text("id"), status).await;
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (3, 1));
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_was_lost_while_the_provider_is_at_it_ends_when_it_says_so(backend) {
        let gateway = start(backend).await;
        fault(&gateway, "mobicash", CREATE, FaultKind::ActThenCut);
        let id = made(&gateway, Kind::TopUp, Kind::TopUp.order("AT-IT", "mobicash", "0000004")).await.text("id");
        asked_for_longer_than_a_doubt_lasts(&gateway, "mobicash").await;
        assert_eq!(until(&gateway, &id, "processing").await.body.get("review"), None, "however long it takes");
        close_the_day(&gateway, "mobicash").await;
        until(&gateway, &id, "succeeded").await;
        assert_eq!(events(&gateway, &id).await, ["service.succeeded"]);
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));
        gateway.stop().await;
    }
}
