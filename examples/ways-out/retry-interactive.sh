#!/bin/sh
# Runs a command on the RayCluster of an InteractiveMode RayJob, and retries it if
# it fails, which KubeRay does not do in this mode:
#
#   retry-interactive.sh [-n ATTEMPTS] [-d] MANIFEST [OPTION OF ray job submit]... -- COMMAND...
#
#   retry-interactive.sh -n 3 interactive-with-retry-script.yaml --working-dir . -- python explore.py
#
#   -n  maximum number of attempts, 3 by default
#   -d  connect to the RayCluster directly, from inside the cluster, instead of through kubectl port-forward
#
# Each attempt creates the RayJob of the manifest, waits until it is Waiting, submits
# the command, and writes the ID into spec.jobId: from then on KubeRay follows the job.
# A failed RayJob cannot restart, and its spec.jobId names the failed job. So the script
# deletes it before the next attempt, which creates a new RayJob. With rayClusterSpec
# each attempt has a new RayCluster; with clusterSelector all use the existing one.
#
# The RayJob of the last attempt stays. On Ctrl-C, SIGTERM or SIGHUP the script stops
# the job and deletes its RayJob. As with KubeRay's own retries, activeDeadlineSeconds
# applies to each attempt, and the script does not retry after it expires.
#
# Exit codes: 0 the command succeeded, 1 it did not, 2 wrong usage, 129, 130 and
# 143 after SIGHUP, SIGINT and SIGTERM.
#
# Required permissions: create, get, patch, delete, list and watch rayjobs.ray.io, and
# for port-forward get services, get and list pods, and create pods/portforward.
set -u

say() {
    echo "retry-interactive: $1" >&2
}

fail() {
    say "$1"
    exit "${2:-1}"
}

usage() {
    fail 'usage: retry-interactive.sh [-n ATTEMPTS] [-d] MANIFEST [OPTION OF ray job submit]... -- COMMAND...' 2
}

# Runs a command without delaying signals until it ends.
run() {
    "$@" &
    child=$!
    wait "$child"
    code=$?
    child=
    return "$code"
}

# Creates the RayJob: sets namespace, name and uid.
create() {
    # A signal must not prevent the script from recording what was created.
    created=$(
        trap '' HUP INT TERM
        exec kubectl create -f "$manifest" -o jsonpath='{.metadata.namespace} {.metadata.name} {.metadata.uid}'
    ) || fail 'the RayJob was not created'
    know_created
}

know_created() {
    read -r namespace name uid <<END
$created
END
}

# Reads the RayJob: sets state, outcome, reason, cluster and dashboard.
look() {
    tries=5
    until seen=$(kubectl get rayjob "$name" -n "$namespace" --ignore-not-found -o jsonpath='{.metadata.uid}|{.status.jobDeploymentStatus}|{.status.jobStatus}|{.status.reason}|{.status.rayClusterName}|{.status.dashboardURL}'); do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "RayJob $name cannot be read any more, and is left as it is"
        run sleep 3
    done
    IFS='|' read -r found state outcome reason cluster dashboard <<END
$seen
END
    [ "$found" = "$uid" ] || fail "RayJob $name was deleted by another client"
}

# Deletes the RayJob, and waits until its RayCluster is gone too.
discard() {
    disconnect
    job=
    run kubectl delete rayjob "$name" -n "$namespace" --ignore-not-found --cascade=foreground || fail "RayJob $name was not deleted"
    created=
    name=
}

# Deletes the RayJob and exits: another attempt would fail in the same way.
give_up() {
    say "$1"
    discard
    exit 1
}

# Waits until the RayCluster is ready for the command.
await_cluster() {
    while look; do
        case $state in
        Waiting) return ;;
        Failed) return 1 ;;
        ValidationFailed) give_up "KubeRay refuses the RayJob: $(kubectl get rayjob "$name" -n "$namespace" -o jsonpath='{.status.message}')" ;;
        Running | Complete) fail "another client has set spec.jobId of RayJob $name" ;;
        esac
        run sleep 3
    done
}

# Waits until the command has ended.
await_end() {
    began_on=$cluster
    while look; do
        case $state in
        Complete)
            [ "$outcome" != STOPPED ] || fail "$job was stopped"
            return
            ;;
        Failed)
            [ "$reason" != DeadlineExceeded ] || fail 'activeDeadlineSeconds has expired'
            return 1
            ;;
        esac
        # For example, a queue has suspended the RayJob. No other RayCluster knows the ID.
        if [ "$cluster" != "$began_on" ]; then
            say 'the RayCluster is gone'
            return 1
        fi
        run sleep 3
    done
}

# Lets ray find the RayCluster.
connect() {
    # It would take precedence over RAY_ADDRESS.
    unset RAY_API_SERVER_ADDRESS
    export RAY_ADDRESS="http://$dashboard"
    [ -z "$direct" ] || return 0
    # The address of the previous attempt is no longer valid.
    : >"$scratch/forward"
    kubectl port-forward "service/${dashboard%%.*}" ":${dashboard##*:}" -n "$namespace" >"$scratch/forward" &
    forwarder=$!
    while kill -0 "$forwarder" 2>/dev/null; do
        address=$(sed -n 's/^Forwarding from \(127\.0\.0\.1:[0-9]*\) .*/\1/p' "$scratch/forward")
        if [ -n "$address" ]; then
            RAY_ADDRESS="http://$address"
            return
        fi
        run sleep 1
    done
    return 1
}

disconnect() {
    if [ -n "$forwarder" ]; then
        kill "$forwarder"
        wait "$forwarder"
    fi 2>/dev/null
    forwarder=
}

# Submits the command, and lets KubeRay follow it.
submit() {
    job=$name-${uid%%-*}
    run ray job submit --submission-id "$job" --no-wait "$@"
    code=$?
    [ "$code" -ne 2 ] || give_up 'ray does not understand these options'
    [ "$code" -eq 0 ] || return
    run kubectl patch rayjob "$name" -n "$namespace" --type merge -p "{\"spec\":{\"jobId\":\"$job\"}}" && return
    run ray job stop --no-wait "$job"
    return 1
}

# Runs one attempt.
attempt() {
    create
    await_cluster || return
    if ! connect || ! submit "$@"; then
        say 'the command was not submitted'
        discard
        return 1
    fi
    run ray job logs --follow "$job" || say 'the connection for the logs is lost; the job continues'
    await_end
}

interrupted() {
    # A second signal ends the script immediately.
    trap - HUP INT TERM
    say 'interrupted'
    know_created
    [ -z "$child" ] || kill "$child" 2>/dev/null
    [ -z "$job" ] || ray job stop --no-wait "$job"
    [ -z "$name" ] || kubectl delete rayjob "$name" -n "$namespace" --ignore-not-found --wait=false
    exit "$1"
}

attempts=3
direct=
while getopts n:d option; do
    case $option in
    n) attempts=$OPTARG ;;
    d) direct=yes ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -lt 2 ] || ! [ "$attempts" -ge 1 ] 2>/dev/null; then usage; fi
manifest=$1
shift
[ -r "$manifest" ] || fail "$manifest cannot be read" 2
is=$(kubectl create --dry-run=client -f "$manifest" -o jsonpath='{.kind}|{.spec.submissionMode}|{.spec.backoffLimit}|{.spec.jobId}') || exit 2
case $is in
'RayJob|InteractiveMode||' | 'RayJob|InteractiveMode|0|') ;;
*) fail "$manifest must be one RayJob with submissionMode InteractiveMode, without backoffLimit and jobId" 2 ;;
esac

child='' forwarder='' created='' name='' job=''
scratch=$(mktemp -d) || exit
trap 'disconnect; rm -rf "$scratch"' EXIT
trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

number=1
until say "attempt $number of $attempts" && attempt "$@"; do
    if [ "$number" -eq "$attempts" ]; then
        fail "the last attempt has failed${name:+; RayJob $name stays for inspection}"
    fi
    [ -z "$name" ] || discard
    number=$((number + 1))
done
say "$job has succeeded"
