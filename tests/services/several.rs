//! Several stores, several processes: each sees its own, and each question is one process's.

use jisr::app::Roles;
use mocks::{Fault, FaultKind};
use serde_json::json;

use super::{CREATE, FIND, Kind, calls, events, fault, made, start, until};
use crate::facade::party::{live, problem, scoped, shop};
use crate::harness::on_both;

on_both! {
    async fn stores_and_modes_have_references_of_their_own(backend) {
        let gateway = start(backend).await;
        let other = shop(&gateway, "other").await;
        let order = Kind::TopUp.order("SHARED", "mobicash", "1234567");
        let mine = made(&gateway, Kind::TopUp, order.clone()).await;
        let theirs = other.post("/v1/top-ups", order.clone()).await;
        assert_eq!((theirs.status, theirs.text("store")), (201, "other".to_owned()), "{theirs:?}");
        for (client, own, foreign) in [(&gateway.client, &mine, &theirs), (&other, &theirs, &mine)] {
            let list = client.get("/v1/wallet-services").await;
            assert_eq!(list.body["data"].as_array().map(Vec::len), Some(1));
            assert_eq!(list.at("/data/0/id"), own.text("id"));
            problem(&client.get(&format!("/v1/wallet-services/{}", foreign.text("id"))).await, 404, "not_found");
        }
        // There is no live account here: nothing leaves, and nothing of test mode is shown.
        let live = live(&gateway).await;
        problem(&live.post("/v1/top-ups", order).await, 422, "unsupported");
        assert_eq!(live.get("/v1/wallet-services").await.body["data"], json!([]));
        gateway.stop().await;
    }
}

on_both! {
    async fn each_path_wants_its_scope(backend) {
        let gateway = start(backend).await;
        let reader = scoped(&gateway, Some(gateway.store), &["payments:read"]).await;
        let writer = scoped(&gateway, Some(gateway.store), &["payments:write"]).await;
        let question = json!({"provider": "mobicash", "biller": "water", "number": "104500123"});
        assert_eq!(reader.post("/v1/bills/inquiries", question).await.status, 200);
        let order = Kind::TopUp.order("SCOPED", "mobicash", "1234567");
        problem(&reader.post("/v1/top-ups", order.clone()).await, 403, "forbidden");
        let made = writer.post("/v1/top-ups", order).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("/v1/wallet-services/{}", made.text("id"));
        assert_eq!(reader.get(&path).await.status, 200);
        let proof = json!({"evidence": {"by": "cashier", "document": "receipt 7"}});
        problem(&writer.post(&format!("{path}/settle"), proof).await, 403, "forbidden");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_one_process_has_sent_every_process_asks_about_once(backend) {
        let gateway = start(backend).await;
        let others = [gateway.another(Roles::default()).await, gateway.another(Roles::default()).await];
        fault(&gateway, "mobicash", CREATE, FaultKind::CutBefore);
        let id = made(&gateway, Kind::TopUp, Kind::TopUp.order("MANY", "mobicash", "1234567")).await.text("id");
        until(&gateway, &id, "needs_review").await;
        assert_eq!(events(&gateway, &id).await, ["service.needs_review"]);
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 0));
        for other in others {
            other.stop().await;
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn an_account_that_has_moved_is_not_asked_about_what_was_sent_elsewhere(backend) {
        let gateway = start(backend).await;
        let other = shop(&gateway, "other").await;
        let here = gateway.mocks.base_url("mobicash");
        let elsewhere = here.replace("127.0.0.1", "127.0.0.2");
        let own = mocks::contract::Account::of("mobicash");
        let at = async |base: &str| {
            let put = other.put("/v1/stores/other/accounts/mobicash", json!({"configuration": {"base_url": base}})).await;
            assert_eq!(put.status, 200, "{put:?}");
        };
        at(&here).await;
        let keys = json!({"api_key": own.api_key, "secret_key": own.secret_key});
        assert_eq!(other.put("/v1/stores/other/accounts/mobicash/credentials", keys).await.status, 204);
        // The provider has not got round to it when it is asked.
        fault(&gateway, "mobicash", CREATE, FaultKind::ActThenCut);
        gateway.mocks.fault(Fault { times: Some(1_000), ..Fault::new("mobicash", FaultKind::Status).on(FIND) });
        let made = other.post("/v1/top-ups", Kind::TopUp.order("MOVED", "mobicash", "1234567")).await;
        assert_eq!((made.status, made.text("status")), (201, "processing".to_owned()), "{made:?}");
        at(&elsewhere).await;
        let path = format!("/v1/wallet-services/{}", made.text("id"));
        other.until(&path, "needs_review").await;
        let asked = gateway.log_rows("services.find").await;
        assert!(asked.iter().all(|row| row.endpoint.contains("127.0.0.1")), "{asked:?}");
        gateway.mocks.clear_faults();
        at(&here).await;
        other.until(&path, "succeeded").await;
        gateway.stop().await;
    }
}
