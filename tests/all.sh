#!/usr/bin/env bash
# Runs every test: builds everything once, then runs the parts that are named,
# each a target of the Makefile; at the end a table. A part that fails does not
# keep the others from running. One part at a time: two that start browsers and
# servers beside each other take longer than one after the other.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
logs=target/test
mkdir -p "$logs"

# What a test runner says at its end, as "passed failed".
count() {
  awk '
    /test result: / { passed += $4; failed += $6 }                # cargo test, wasm-bindgen-test
    /^ *--- PASS: / { passed++ } /^ *--- FAIL: / { failed++ }     # go test -v
    /^# pass / { passed += $3 } /^# fail / { failed += $3 }       # node --test
    /^test_.* \.\.\. ok$/ { passed++ } /^ *test_.* \.\.\. (FAIL|ERROR)$/ { failed++ }  # unittest
    /^[^ ]+::.* PASSED/ { passed++ } /^[^ ]+::.* (FAILED|ERROR)/ { failed++ }   # pytest -v
    /^ok [0-9]/ { passed++ } /^not ok [0-9]/ { failed++ }         # bats
    END { print passed + 0, failed + 0 }' "$1"
}

# Runs a part; leaves "seconds passed failed" beside its log.
run() {
  echo "$1: begins"
  local log=$logs/$1.log begin=$SECONDS status=0 passed failed
  make --no-print-directory "$1" > "$log" 2>&1 || status=$?
  local seconds=$((SECONDS - begin))
  read -r passed failed < <(count "$log")
  if ((status != 0)); then
    cat "$log"
    ((failed > 0)) || failed=1
    echo "$1: FAILED after $seconds s"
  else
    echo "$1: done in $seconds s"
  fi
  echo "$seconds $passed $failed" > "$logs/$1.result"
}

run tools &
run compile
wait
export BUILT=1
for part in "$@"; do run "$part"; done

printf '\n%-12s %8s %7s %7s  %s\n' part time passed failed 'skipped, because'
all_passed=0 all_failed=0 all_skipped=0
for part in tools compile "$@"; do
  read -r seconds passed failed < "$logs/$part.result"
  reasons=$(grep -aoE '^skipped: .*' "$logs/$part.log" | cut -c10- | sort -u)
  [[ -z $reasons ]] || all_skipped=$((all_skipped + $(wc -l <<< "$reasons")))
  printf '%-12s %6d s %7d %7d  %s\n' "$part" "$seconds" "$passed" "$failed" "$(paste -sd '|' <<< "$reasons" | sed 's/|/; /g')"
  all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
done
printf '\n%d s in all\n%d passed, %d failed, %d skipped\n' "$SECONDS" "$all_passed" "$all_failed" "$all_skipped"
((all_failed == 0))
