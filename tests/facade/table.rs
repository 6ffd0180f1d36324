//! Generated from the route table: every path asks for its key and scope, and knows stores and modes apart.

mod health;
mod notify;
mod services;
mod shipping;

use jisr::http::access::Access;
use jisr::http::{Route, route_table};
use serde_json::{Value, json};

use super::party::{card, cash, evidence, live, nobody, problem, scoped, settled, shop};
use crate::harness::{Answer, Backend, Client, Gateway, eventually, on_both, uuid};

/// What the original's own paths begin with.
const MERCHANTS: &str = "/admin/merchant-notify/";
/// Where the store `default` is told; a name that leads nowhere.
const A_URL: &str = "https://a.invalid/hook";

/// What a path owes to another store's key.
pub enum Rule {
    /// It names something: not found, for each of these paths, and nothing changes.
    Named(Vec<String>, Option<Value>),
    /// It names nothing: it works, and shows nothing of anybody else.
    Own(u16, Option<Value>),
    /// The same in the shape of `/admin/merchant-notify`.
    Merchant(String, Option<Value>),
    /// It is for the platform.
    Platform(Value),
    /// It takes no key.
    Keyless,
}

/// What the store `default` has in test mode.
pub(super) struct Belongings {
    payments: Vec<String>,
    refund: String,
    log: String,
    key: String,
    account: String,
    endpoint: String,
    notification: String,
    service: String,
    carried: shipping::Carried,
    pub(super) settlement: String,
    remittance: String,
    incident: String,
}

impl Belongings {
    async fn make(gateway: &Gateway) -> Self {
        let client = &gateway.client;
        let open = gateway.card("A-OPEN").await.id;
        let paid = settled(client, "A-PAID").await;
        let refund = client.post(&format!("/v1/payments/{paid}/refunds"), json!({"amount": "5"})).await.text("id");
        assert_eq!(client.post(&format!("/v1/payments/{open}/sync"), json!({})).await.status, 200);
        eventually("a log row", || async { !client.get("/v1/logs").await.at("/data/0/id").is_empty() }).await;
        let account = client.get("/v1/stores/default/accounts/moamalat").await.text("id");
        let log = client.get("/v1/logs").await.at("/data/0/id");
        let key = client.get("/v1/keys").await.at("/data/0/id");
        let endpoint = client.post("/v1/stores/default/endpoints", json!({"url": A_URL, "events": ["*"]})).await;
        let notification = client.post("/v1/notifications", notify::told("A-TOLD")).await.text("id");
        let endpoint = endpoint.text("id");
        let bank = super::settlements::bank(client).await;
        let file = "date,amount,description\n2026-11-20,5,A-TRANSFER\n";
        let settlement = super::settlements::hand_in(client, &bank, file).await.text("id");
        let service = services::made(gateway).await;
        let carried = shipping::made(gateway).await;
        let remittance = crate::cash::made(gateway).await;
        let incident = health::made(gateway).await;
        let payments = vec![open, paid];
        let made = Self {
            payments,
            refund,
            log,
            key,
            account,
            endpoint,
            notification,
            service,
            carried,
            settlement,
            remittance,
            incident,
        };
        assert!(made.marks().iter().all(|mark| mark.len() > 20), "{:?}", made.marks());
        made
    }

    fn marks(&self) -> Vec<&str> {
        let ids = [
            &self.refund,
            &self.log,
            &self.key,
            &self.account,
            &self.endpoint,
            &self.notification,
            &self.service,
            &self.carried.shipment,
            &self.carried.pickup,
            &self.settlement,
            &self.remittance,
            &self.incident,
        ];
        ids.into_iter().chain(&self.payments).map(String::as_str).collect()
    }

    fn at_payments(&self, rest: &str) -> Vec<String> {
        self.payments.iter().map(|id| format!("/v1/payments/{id}{rest}")).collect()
    }

    /// All of it, as it is now.
    async fn now(&self, client: &Client) -> Vec<String> {
        let mut paths: Vec<String> =
            ["", "/events", "/refunds"].iter().flat_map(|rest| self.at_payments(rest)).collect();
        paths.push(format!("/v1/refunds/{}", self.refund));
        paths.push(format!("/v1/wallet-services/{}", self.service));
        paths.push(format!("/v1/shipments/{}", self.carried.shipment));
        paths.push(format!("/v1/shipments/{}/events", self.carried.shipment));
        paths.push(format!("/v1/pickups/{}", self.carried.pickup));
        paths.extend(["/v1/keys", "/v1/integrations", "/v1/stores/default"].map(str::to_owned));
        paths.push("/v1/stores/default/accounts/moamalat".to_owned());
        paths.push(format!("/v1/settlements/{}/lines", self.settlement));
        paths.push(format!("/v1/cod/remittances/{}", self.remittance));
        paths.push(format!("/v1/cod/remittances/{}/lines", self.remittance));
        paths.push("/v1/cod/owed".to_owned());
        paths.push(format!("/v1/incidents/{}", self.incident));
        let mut answers = Vec::new();
        for path in paths {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            answers.push(format!("{path}: {}", answer.raw));
        }
        // How its deliveries go meanwhile is nobody's doing.
        let endpoint = client.get(&format!("/v1/stores/default/endpoints/{}", self.endpoint)).await;
        assert_eq!(endpoint.status, 200, "{endpoint:?}");
        answers.extend(["url", "events", "enabled", "old_secret_until"].map(|field| endpoint.body[field].to_string()));
        answers
    }
}

/// The rule of a route. A route that is new needs one here.
fn rule(route: &Route, a: &Belongings) -> Rule {
    let named = |path: String, body| Rule::Named(vec![path], body);
    let payments = |rest: &str, body| Rule::Named(a.at_payments(rest), body);
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", "/v1/payments" | "/v1/payment-methods" | "/v1/keys" | "/v1/logs" | "/v1/integrations" | "/metrics") => {
            Rule::Own(200, None)
        }
        (_, path) if path.starts_with("/v1/settlements") => super::settlements::rule(route, a),
        (_, path) if crate::cash::has(path) => crate::cash::rule(route, &a.remittance),
        ("GET", "/v1/feed" | "/v1/event-types" | "/v1/reports/integrations") => Rule::Own(200, None),
        // Without its query; it is the same for everybody.
        ("GET", "/v1/calendar") => Rule::Own(400, None),
        ("PUT" | "DELETE", "/v1/calendar/{date}") => Rule::Platform(json!({})),
        ("GET" | "POST", path) if path.starts_with("/v1/tasks") => Rule::Platform(json!({})),
        (_, path) if path.contains("/notifications") || path.ends_with("/recover") || path.contains("/endpoints") => {
            notify::rule(route, a)
        }
        (_, path) if path.starts_with(MERCHANTS) => notify::rule_of_merchants(route),
        (_, path) if health::has(path) => health::rule(route, a),
        (_, path) if services::has(path) => services::rule(route, a),
        (_, path) if shipping::has(path) => shipping::rule(route, a),
        // Without the handshake of a WebSocket; what a stream shows is in `stream.rs`.
        ("GET", "/v1/feed/stream") => Rule::Own(400, None),
        ("POST", "/v1/feed/tokens") => Rule::Own(201, None),
        // The very reference that the other store uses.
        ("POST", "/v1/payments") => Rule::Own(201, Some(cash("A-OPEN"))),
        ("POST", "/v1/keys") => Rule::Own(201, Some(json!({"name": "another", "scopes": ["payments:read"]}))),
        ("GET", "/v1/routing/rules") => Rule::Own(400, None),
        ("PUT", "/v1/routing/rules") => Rule::Own(400, Some(json!({"version": 0, "rules": []}))),
        ("GET", "/v1/routing/explain") => Rule::Own(400, None),
        ("POST", "/v1/routing/what-if") => Rule::Own(200, Some(json!({"port": "payments", "rules": []}))),
        ("GET", "/v1/integrations/{name}/impact") => Rule::Platform(json!({})),
        ("PATCH", "/v1/integrations/{name}") => Rule::Platform(json!({"status": "inactive"})),
        ("GET", "/v1/alerts") | ("POST", "/v1/alerts/test") => Rule::Platform(json!({})),
        ("POST", "/v1/stores") => Rule::Platform(json!({"key": "mine", "name": "Mine"})),
        ("GET", "/v1/payments/{id}") => payments("", None),
        ("GET", "/v1/payments/{id}/events") => payments("/events", None),
        ("GET", "/v1/payments/{id}/refunds") => payments("/refunds", None),
        ("POST", "/v1/payments/{id}/attempts") => payments("/attempts", Some(json!({"method": "cash_on_delivery"}))),
        ("POST", "/v1/payments/{id}/cancel") => payments("/cancel", None),
        ("POST", "/v1/payments/{id}/sync") => payments("/sync", None),
        ("POST", "/v1/payments/{id}/confirm") => payments("/confirm", Some(json!({"otp": "739104"}))),
        ("POST", "/v1/payments/{id}/resend-otp") => payments("/resend-otp", None),
        ("POST", "/v1/payments/{id}/settle") => payments("/settle", Some(evidence())),
        ("POST", "/v1/payments/{id}/refunds") => payments("/refunds", Some(json!({"amount": "1"}))),
        ("GET", "/v1/refunds/{id}") => named(format!("/v1/refunds/{}", a.refund), None),
        ("POST", "/v1/refunds/{id}/settle") => named(format!("/v1/refunds/{}/settle", a.refund), Some(evidence())),
        ("GET", "/v1/logs/{id}") => named(format!("/v1/logs/{}", a.log), None),
        ("DELETE", "/v1/keys/{id}") => named(format!("/v1/keys/{}", a.key), None),
        _ => rule_of_stores(route),
    }
}

fn rule_of_stores(route: &Route) -> Rule {
    let named = |path: &str, body| Rule::Named(vec![path.to_owned()], body);
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", "/v1/stores/{key}") => named("/v1/stores/default", None),
        ("GET", "/v1/stores/{key}/accounts/{provider}") => named("/v1/stores/default/accounts/moamalat", None),
        ("PUT", "/v1/stores/{key}/accounts/{provider}") => {
            named("/v1/stores/default/accounts/moamalat", Some(json!({"configuration": {}})))
        }
        ("PUT", "/v1/stores/{key}/accounts/{provider}/credentials") => {
            named("/v1/stores/default/accounts/moamalat/credentials", Some(json!({"secret_key": "00"})))
        }
        ("POST", "/v1/integrations/{name}/breaker") => {
            named("/v1/integrations/moamalat/breaker", Some(json!({"action": "open"})))
        }
        (
            "GET",
            "/health" | "/ready" | "/openapi.json" | "/docs" | "/docs/problems/{code}" | "/v1/payments/{id}/public",
        )
        | ("OPTIONS", "/v1/payments/{id}/public" | "/v1/payments/{id}/client-result")
        | ("POST", "/v1/payments/{id}/client-result")
        | (
            "GET" | "POST",
            "/v1/callbacks/{provider}" | "/v1/callbacks/{provider}/{account}" | "/v1/returns/{attempt_token}",
        ) => Rule::Keyless,
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}

async fn send(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Answer {
    client.send(method, path, body.map(Value::to_string), &[("idempotency-key", &uuid())]).await
}

/// Tries every route with somebody else's key; `else_than` are the ones that another mode of the same store may use.
async fn keeps_apart(gateway: &Gateway, other: &Client, else_than: &[(&str, &str, u16)]) {
    let a = Belongings::make(gateway).await;
    let before = a.now(&gateway.client).await;
    for route in route_table() {
        let (method, path) = (route.method.as_str(), route.path.as_str());
        match rule(&route, &a) {
            Rule::Named(paths, body) => {
                let known = else_than.iter().find(|known| (known.0, known.1) == (method, path));
                for path in paths {
                    let answer = send(other, method, &path, body.as_ref()).await;
                    match known {
                        Some(known) => assert_eq!(answer.status, known.2, "{method} {path}: {answer:?}"),
                        None => problem(&answer, 404, "not_found"),
                    }
                    shows_nothing(&route, &answer, &a);
                }
            }
            Rule::Own(status, body) => {
                let answer = send(other, method, path, body.as_ref()).await;
                assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
                shows_nothing(&route, &answer, &a);
            }
            Rule::Merchant(path, body) => {
                let answer = send(other, method, &path, body.as_ref()).await;
                assert_eq!((answer.status, &answer.body["code"]), (404, &json!(404)), "{path}: {answer:?}");
                shows_nothing(&route, &answer, &a);
            }
            Rule::Platform(body) => problem(&send(other, method, path, Some(&body)).await, 403, "forbidden"),
            Rule::Keyless => assert!(matches!(route.access, Access::Public | Access::ClientSecret), "{method} {path}"),
        }
    }
    assert_eq!(a.now(&gateway.client).await, before);
    assert_eq!(gateway.client.get("/v1/payments").await.body["data"].as_array().map(Vec::len), Some(2));
}

#[track_caller]
fn shows_nothing(route: &Route, answer: &Answer, a: &Belongings) {
    let shown: Vec<&str> = a.marks().into_iter().filter(|mark| answer.raw.contains(mark)).collect();
    assert!(shown.is_empty(), "{} {} shows {shown:?}: {answer:?}", route.method, route.path);
}

/// A problem, in the shape of its path.
#[track_caller]
fn refused(route: &Route, answer: &Answer, status: u16, code: &str) {
    if !route.path.starts_with(MERCHANTS) {
        return problem(answer, status, code);
    }
    assert_eq!((answer.status, &answer.body["code"]), (status, &json!(status)), "{answer:?}");
    assert!(answer.body["data"].is_null() && !answer.text("msg").is_empty(), "{answer:?}");
}

/// A path with something in place of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "something" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

on_both! {
    async fn another_stores_key_finds_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        keeps_apart(&gateway, &other, &[]).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_live_key_finds_nothing_of_test_mode(backend) {
        let gateway = Gateway::start(backend).await;
        let live = live(&gateway).await;
        // The store is the same in both modes; an account of the live mode is another one, and this is not a whole one.
        let same = [
            ("GET", "/v1/stores/{key}", 200),
            ("PUT", "/v1/stores/{key}/accounts/{provider}", 400),
            ("GET", "/v1/stores/{key}/endpoints", 200),
            ("POST", "/v1/stores/{key}/endpoints", 201),
            ("POST", "/v1/stores/{key}/recover", 200),
        ];
        keeps_apart(&gateway, &live, &same).await;
        gateway.stop().await;
    }
}

#[tokio::test]
async fn every_path_asks_for_a_key_and_its_scope() {
    let own = [("JISR_LIMITS__FAILED_PROOFS_PER_SECOND", "10000")];
    let gateway = Gateway::start_with(Backend::Sqlite, &own).await;
    let (nobody, stranger) = (nobody(&gateway), nobody(&gateway).with_key(&format!("jsk_test_{}", "0".repeat(64))));
    let poor = scoped(&gateway, Some(gateway.store), &["identity:read"]).await;
    let mut guarded = 0;
    for route in route_table() {
        let (method, path) = (route.method.as_str(), filled(&route.path));
        match route.access {
            Access::Public => continue,
            Access::ClientSecret => {
                let path = path.replace("something", &gateway.card(&uuid()).await.id);
                let body = json!({"result": "complete", "data": {}});
                let body = (method == "POST").then_some(&body);
                problem(&send(&nobody, method, &path, body).await, 401, "unauthorized");
                problem(&send(&gateway.client, method, &path, body).await, 401, "unauthorized");
            }
            Access::Key => {
                problem(&send(&nobody, method, &path, None).await, 401, "unauthorized");
                problem(&send(&stranger, method, &path, None).await, 401, "unauthorized");
            }
            Access::Scope(_) | Access::KeyOrToken(_) | Access::Platform(_) => {
                guarded += 1;
                refused(&route, &send(&nobody, method, &path, None).await, 401, "unauthorized");
                refused(&route, &send(&stranger, method, &path, None).await, 401, "unauthorized");
                refused(&route, &send(&poor, method, &path, None).await, 403, "forbidden");
            }
        }
    }
    assert!(guarded > 25, "the table has only {guarded} guarded routes");
    gateway.stop().await;
}

#[tokio::test]
async fn a_key_with_the_scope_and_no_other_comes_in() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    for route in route_table() {
        let (scope, store) = match route.access {
            Access::Scope(scope) | Access::KeyOrToken(scope) => (scope, Some(gateway.store)),
            Access::Platform(scope) => (scope, None),
            Access::Key => ("health:read", Some(gateway.store)),
            Access::Public | Access::ClientSecret => continue,
        };
        let client = scoped(&gateway, store, &[scope]).await;
        let answer = send(&client, &route.method, &filled(&route.path), None).await;
        assert!(!matches!(answer.status, 401 | 403 | 405), "{} {}: {answer:?}", route.method, route.path);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_key_is_a_bearer_and_nothing_else() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let made = gateway.client.post("/v1/keys", json!({"name": "k", "scopes": ["all"]})).await;
    let key = made.text("key");
    let nobody = nobody(&gateway);
    for wrong in
        [key.clone(), format!("Basic {key}"), format!("bearer{key}"), format!("Bearer {key}x"), "Bearer ".into()]
    {
        let answer = nobody.send("GET", "/v1/payments", None, &[("authorization", &wrong)]).await;
        problem(&answer, 401, "unauthorized");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    problem(&nobody.get(&format!("/v1/payments?key={key}")).await, 401, "unauthorized");
    assert_eq!(nobody.with_key(&key).get("/v1/payments").await.status, 200);
    problem(&gateway.client.post("/v1/payments/x/cancel", card("X")).await, 404, "not_found");
    gateway.stop().await;
}
