#!/usr/bin/env bash
# Runs every test: the parts that are named, each a target of the Makefile, and
# at the end a table. A part that fails does not keep the others from running.
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
    /^ok [0-9]/ { passed++ } /^not ok [0-9]/ { failed++ }         # bats
    END { print passed + 0, failed + 0 }' "$1"
}

table=$(printf '%-12s %8s %7s %7s  %s' part time passed failed 'skipped, because')
all_passed=0 all_failed=0 all_skipped=0
for part in "$@"; do
  echo "$part: begins"
  log=$logs/$part.log
  begin=$SECONDS
  make --no-print-directory "$part" > "$log" 2>&1 && status=0 || status=$?
  seconds=$((SECONDS - begin))
  read -r passed failed < <(count "$log")
  if ((status != 0)); then
    cat "$log"
    ((failed > 0)) || failed=1
    echo "$part: FAILED after $seconds s"
  else
    echo "$part: done in $seconds s"
  fi
  reasons=$(grep -aoE '^skipped: .*' "$log" | cut -c10- | sort -u)
  [[ -z $reasons ]] || all_skipped=$((all_skipped + $(wc -l <<< "$reasons")))
  table+=$'\n'$(printf '%-12s %6d s %7d %7d  %s' "$part" "$seconds" "$passed" "$failed" "$(paste -sd '|' <<< "$reasons" | sed 's/|/; /g')")
  all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
done
printf '\n%s\n\n%d s in all\n%d passed, %d failed, %d skipped\n' "$table" "$SECONDS" "$all_passed" "$all_failed" "$all_skipped"
((all_failed == 0))
