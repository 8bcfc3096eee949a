#!/usr/bin/env bats
# The built modules in kwctl, Kubewarden's command: `make e2e-kwctl`.
#
# The cases are those of tests/vectors, to which the hosts in e2e/ and e2e/opa answer too. A denial is no failure of
# kwctl: it exits with 0, and only the response that it prints says `allowed: false`.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_DIRNAME/.." || return
}

# Asks a module about a case: judge MODULE CASE
judge() {
  jq '.request // .review' "tests/vectors/$2.json" >"$BATS_TEST_TMPDIR/request.json"
  run --separate-stderr kwctl run "file://$PWD/dist/$1.wasm" --request-path "$BATS_TEST_TMPDIR/request.json" \
    --settings-json "$(jq --compact-output '.settings // {}' "tests/vectors/$2.json")"
}

# Compares the response with the one that a case expects, part by part: is_answered CASE EXPECTED ACTUAL
is_answered() {
  [ "$status" -eq 0 ] || { echo "$1: kwctl failed: $stderr"; return 1; }
  diff <(jq --sort-keys ".expect | $2" "tests/vectors/$1.json") <(jq --sort-keys "$3" <<<"$output") ||
    { echo "$1: the second is what kwctl says"; return 1; }
}

# A response in full, as of a policy of Kubewarden and of OPA: responds MODULE CASE...
responds() {
  local module=$1 vector
  for vector in "${@:2}"; do
    judge "$module" "$vector"
    is_answered "$vector" '{allowed, message, warnings,
        findings: (reduce .findings[].rule as $id (null; if (. // [] | index($id)) then . else . + [$id] end) | . // [] | join(","))}' \
      '{allowed, message: .status.message, warnings: (.warnings // []), findings: (.auditAnnotations.findings // "")}'
  done
}

# Gatekeeper's violations, which are joined, all in full, and are only about denials: violates CASE...
violates() {
  local vector
  for vector in "$@"; do
    judge annotated-policy-gatekeeper "$vector"
    is_answered "$vector" '{allowed, message: (.message // "" | gsub("\n"; ", "))}' '{allowed, message: (.status.message // "")}'
  done
}

# What a case says is wrong with its settings.
fault() {
  jq --raw-output '.expect.message | capture("with them: (?<fault>.*) \\[invalid-settings]$").fault' "tests/vectors/$1.json"
}

@test "a RayJob in which nothing is found is accepted" {
  responds annotated-policy interactive-backoff-0 mode-default
}

@test "a RayJob that KubeRay would refuse is denied with the policy's message" {
  responds annotated-policy interactive-backoff-1 several-findings
}

@test "an AdmissionReview is judged as its request" {
  responds annotated-policy interactive-backoff-review
}

@test "a warning lets the request pass" {
  responds annotated-policy interactive-backoff-warn several-warnings
}

@test "an update is denied only for what it brings" {
  responds annotated-policy update-introduces update-2-to-3 update-finalizer update-label
}

@test "a RayCronJob is judged by the job that it makes" {
  responds annotated-policy cron-fine cron-interactive-backoff
}

@test "the settings say for which release of KubeRay" {
  responds annotated-policy interactive-backoff-on-1.5 interactive-backoff-on-1.6
}

@test "a deletion is always accepted" {
  responds annotated-policy delete
}

@test "settings that cannot be read are refused before anything is judged" {
  local vector
  for vector in settings-unknown-key settings-many-faults; do
    judge annotated-policy "$vector"
    [ "$status" -ne 0 ]
    [[ "$stderr" == *"$(fault "$vector")"* ]]
  done
}

# What kwctl has recorded of a cluster: records CASE REQUEST, a request for a list in YAML; its answer is what the case has in the cluster.
records() {
  jq --arg request "$2" '[{type: "Exchange", request: $request,
      response: {type: "Success", payload: ({apiVersion: "v1", kind: "List", metadata: {}, items: .cluster} | tojson)}}]' \
    "tests/vectors/$1.json" >"$BATS_TEST_TMPDIR/session.yaml"
}

# As judge, with access to the cluster that was recorded: judge_in_cluster CASE
judge_in_cluster() {
  jq '.request' "tests/vectors/$1.json" >"$BATS_TEST_TMPDIR/request.json"
  run --separate-stderr kwctl run "file://$PWD/dist/annotated-policy.wasm" --request-path "$BATS_TEST_TMPDIR/request.json" \
    --settings-json "$(jq --compact-output .settings "tests/vectors/$1.json")" --allow-context-aware \
    --replay-host-capabilities-interactions "$BATS_TEST_TMPDIR/session.yaml"
  is_answered "$1" '{allowed, message, warnings}' '{allowed, message: .status.message, warnings: (.warnings // [])}'
}

@test "what kwctl has recorded of the cluster is warned about" {
  records live-operator-1.3 '!KubernetesListResourceAll
api_version: apps/v1
kind: Deployment
label_selector: app.kubernetes.io/name in (kuberay-operator,kuberay)
field_selector: null
field_masks: [metadata.name, metadata.namespace, spec.template.metadata.labels, spec.template.spec.containers.args,
  spec.template.spec.containers.command, spec.template.spec.containers.image]'
  judge_in_cluster live-operator-1.3
}

@test "without access to the cluster the verdict is the same as without the setting" {
  responds annotated-policy live-operator-unknown
}

@test "as a policy of OPA it says the same" {
  responds annotated-policy-opa interactive-backoff-0 interactive-backoff-1 several-findings interactive-backoff-warn \
    update-introduces update-finalizer cron-interactive-backoff delete
}

@test "as a policy of OPA it denies with settings that cannot be read" {
  responds annotated-policy-opa settings-unknown-key settings-many-faults
}

@test "as a policy of Gatekeeper it denies the same" {
  violates interactive-backoff-0 interactive-backoff-1 interactive-backoff-warn update-introduces update-finalizer \
    cron-interactive-backoff delete
}

@test "as a policy of Gatekeeper it denies with settings that cannot be read" {
  violates settings-unknown-key settings-many-faults
}

@test "every module tells what it is" {
  local module mode
  for module in annotated-policy=kubewarden-wapc annotated-policy-opa=opa annotated-policy-gatekeeper=gatekeeper; do
    mode=${module#*=} module=${module%=*}
    run kwctl inspect --output yaml "file://$PWD/dist/$module.wasm"
    [ "$status" -eq 0 ]
    [[ "$output" == *"executionMode: $mode"* ]]
    [[ "$output" == *"io.kubewarden.policy.title: rayjob-policy"* ]]
    [[ "$output" == *"mutating: false"* ]]
    [[ "$output" == *"kind: LocalQueue"* ]]
    # The form for people is another code path.
    kwctl inspect "file://$PWD/dist/$module.wasm" | grep --quiet "$mode"
  done
}

@test "the manifest that kwctl makes of the module judges as the module does" {
  local vector=interactive-backoff-on-1.6 kind
  for kind in ClusterAdmissionPolicy AdmissionPolicy; do
    kwctl scaffold manifest --type "$kind" --settings-json "$(jq --compact-output .settings "tests/vectors/$vector.json")" \
      "file://$PWD/dist/annotated-policy.wasm" >"$BATS_TEST_TMPDIR/policy.yaml"
    grep --quiet --line-regexp "kind: $kind" "$BATS_TEST_TMPDIR/policy.yaml"
    grep --quiet --line-regexp "  name: rayjob-policy" "$BATS_TEST_TMPDIR/policy.yaml"
    jq .request "tests/vectors/$vector.json" >"$BATS_TEST_TMPDIR/request.json"
    run --separate-stderr kwctl run "$BATS_TEST_TMPDIR/policy.yaml" --request-path "$BATS_TEST_TMPDIR/request.json"
    is_answered "$vector" '{allowed, message}' '{allowed, message: .status.message}'
  done
}

@test "the package for Artifact Hub is what kwctl writes, but for the date and the questions of the day" {
  kwctl scaffold artifacthub --metadata-path policy-metadata.yml --questions-path questions-ui.yml \
    --output "$BATS_TEST_TMPDIR/artifacthub-pkg.yml"
  grep --quiet "variable: rules.interactive-backoff" "$BATS_TEST_TMPDIR/artifacthub-pkg.yml"
  # From the questions to the next annotation.
  local questions='/^  kubewarden\/questions-ui:/,/^  kubewarden\/resources:/d'
  local dated='/^(#|createdAt:|$)/d'
  diff <(sed -E -e "$questions" -e "$dated" artifacthub-pkg.yml) \
    <(sed -E -e "$questions" -e "$dated" "$BATS_TEST_TMPDIR/artifacthub-pkg.yml")
}
