//! The page, as a browser uses it.

use mocks::Mocks;

use crate::client::{Answer, FORM, REFERENCE, bodies, call, gateway, initiation, open, raw, receipt, start, wait_for};

async fn get(mocks: &Mocks, page: &str) -> Answer {
    raw(mocks, "GET", path(page), &[], "").await
}

async fn choose(mocks: &Mocks, page: &str, form: &str) -> Answer {
    raw(mocks, "POST", path(page), &[FORM], form).await
}

fn path(page: &str) -> &str {
    &page[page.find("/tlync/").unwrap()..]
}

#[tokio::test]
async fn a_person_pays() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    let page = open(&mocks, &url, REFERENCE).await;
    let shown = get(&mocks, &page).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for words in ["12.50 LYD", REFERENCE, "ادفع", "Pay", "mobicash", "dir=\"rtl\""] {
        assert!(shown.body.contains(words), "{words}");
    }
    let declined = choose(&mocks, &page, "outcome=declined&payment_method=tadawul").await;
    assert_eq!((declined.status, declined.header("location")), (303, Some(format!("{url}/failed").as_str())));
    let paid = choose(&mocks, &page, "payment_method=sadad&outcome=approved").await;
    assert_eq!((paid.status, paid.header("location")), (303, Some(format!("{url}/front").as_str())));
    assert_eq!(receipt(&mocks, REFERENCE).await.json()["data"]["payment_method"], "sadad");
    let told = bodies(&wait_for(&received, 2).await);
    assert!(told.iter().any(|body| body["result"] == "success" && body["payment_method"] == "sadad"));
    assert!(get(&mocks, &page).await.body.contains("This is paid"));
    assert_eq!(choose(&mocks, &page, "outcome=approved").await.status, 409);
    assert_eq!(mocks.journal(Some("tlync")).iter().filter(|entry| entry.url.contains("/pay/")).count(), 0);
}

#[tokio::test]
async fn other_pages() {
    let mocks = start().await;
    let opened = call(&mocks, "payment/initiate", &initiation("http://127.0.0.1:9", "%3Cb%3E")).await.json();
    assert_eq!(opened["custom_ref"], "<b>");
    let page = opened["url"].as_str().unwrap().to_owned();
    assert!(get(&mocks, &page).await.body.contains("<bdi>&lt;b&gt;</bdi>"));
    assert_eq!(choose(&mocks, &page, "outcome=stolen").await.status, 409);
    assert_eq!(get(&mocks, "/tlync/pay/unknown").await.status, 404);
}
