//! Every host says what the policy says natively.

use anyhow::Result;
use rayjob_policy_e2e_opa::{Case, Eval, Host, Node, Python, Rust, Server};
use rayjob_policy_testkit::{ExpectedFinding, examples, vectors};
use serde_json::{Value, json};

fn check(host: &mut dyn Host) -> Result<()> {
    let all = [
        Case::reviews(),
        Case::for_gatekeeper(),
        Case::objects(),
        Case::with_inventory(),
        Case::without_knowledge(),
    ];
    for case in all.iter().flatten().chain([&Case::big()]) {
        case.check(host)?;
    }
    Ok(())
}

/// What all hosts are compared with is what the vectors say.
#[test]
fn the_policy_itself() {
    let vectors = vectors().into_iter().chain(examples());
    for (vector, case) in vectors.zip(Case::reviews()) {
        let [main, violation, response, findings] = &case.answers[..] else {
            panic!("four answers");
        };
        let expect = &vector.expect;
        assert_eq!(response["uid"], vector.request()["uid"], "{}", vector.name);
        assert_eq!(response["allowed"], expect.allowed, "{}", vector.name);
        let message = response["status"]["message"].as_str();
        assert_eq!(message, expect.message.as_deref(), "{}", vector.name);
        let code = response["status"]["code"].as_u64();
        assert_eq!(code, expect.code().map(u64::from), "{}", vector.name);
        let warnings = response["warnings"].as_array().cloned().unwrap_or_default();
        assert_eq!(warnings, expect.warnings, "{}", vector.name);
        let ids = response["auditAnnotations"]["findings"].as_str();
        assert_eq!(ids, expect.finding_ids().as_deref(), "{}", vector.name);
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
        assert_eq!(main, &review, "{}", vector.name);

        let findings = findings.as_array().expect("a list");
        let denials = findings.iter().filter(|finding| finding["level"] == "deny");
        let reasons = denials.map(|finding| json!({"msg": finding["message"], "details": finding}));
        let reasons: Vec<_> = reasons.collect();
        assert_eq!(violation, &Value::from(reasons.clone()), "{}", vector.name);
        assert_eq!(reasons.is_empty(), expect.allowed, "{}", vector.name);
        if !expect.findings.is_empty() {
            let found: Vec<ExpectedFinding> = findings.iter().map(found).collect();
            assert_eq!(found, expect.findings, "{}", vector.name);
        }
    }
}

fn found(finding: &Value) -> ExpectedFinding {
    let text = |key: &str| finding[key].as_str().expect("text").to_owned();
    ExpectedFinding {
        rule: text("rule"),
        path: text("path"),
        level: text("level"),
    }
}

#[test]
fn the_sdk_for_rust() -> Result<()> {
    check(&mut Rust::new()?)
}

#[test]
fn the_sdk_for_node() -> Result<()> {
    Node::start()?.map_or(Ok(()), |mut node| check(&mut node))
}

#[test]
fn the_sdk_for_python() -> Result<()> {
    Python::start()?.map_or(Ok(()), |mut python| check(&mut python))
}

/// It starts OPA for each case, so it asks a few.
#[test]
fn opa_on_the_command_line() -> Result<()> {
    let Some(mut eval) = Eval::new()? else {
        return Ok(());
    };
    let (reviews, others) = (Case::reviews(), Case::with_inventory());
    let some = reviews.iter().step_by(60).chain(others.iter().step_by(8));
    for case in some.chain(&Case::without_knowledge()).chain([&Case::big()]) {
        case.check(&mut eval)?;
    }
    Ok(())
}

#[test]
fn opa_as_a_server() -> Result<()> {
    Server::start()?.map_or(Ok(()), |mut server| check(&mut server))
}
