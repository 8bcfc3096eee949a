use super::*;

fn error(text: &str) -> String {
    Schedule::parse(text).unwrap_err().to_string()
}

#[test]
fn equivalent_spellings_mean_the_same_schedule() {
    for (one, other) in [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "@yearly"),
        ("@monthly", "0 0 1 * ?"),
        ("@weekly", "0 0 * * sun"),
        ("@daily", "@midnight"),
        ("@hourly", "0 * * * *"),
        ("  0\t0 1\u{a0}1\u{3000}* ", "0 0 1 1 *"),
        ("*-5-6 ?-x * * *", "* * * * *"),
        ("*/1 * * * *", "* * * * *"),
        ("50/3 * * * *", "50,53,56,59 * * * *"),
        ("+5 * * * *", "5 * * * *"),
        ("0 0 * JAN-Mar mon,,TUE,", "0 0 * 1-3 1-2"),
        ("0 0 * * FR\u{130}", "0 0 * * 5"),
        ("7-9/100 * * * *", "7 * * * *"),
        ("7/9223372036854775807 * * * *", "7 * * * *"),
    ] {
        let schedule = Schedule::parse(one);
        assert!(schedule.is_ok(), "{one:?}");
        assert_eq!(schedule, Schedule::parse(other), "{one:?} and {other:?}");
    }
}

#[test]
fn a_star_with_a_step_is_no_star() {
    assert_ne!(
        Schedule::parse("*/2 * * * *"),
        Schedule::parse("0/2 * * * ?/2")
    );
    assert_ne!(
        Schedule::parse("0-59 * * * *"),
        Schedule::parse("* * * * *")
    );
}

#[test]
fn every_takes_whole_seconds_and_at_least_one() {
    for (text, seconds) in [
        ("@every 90s", 90),
        ("@every 1h30m", 5400),
        ("@every 1.9s", 1),
        ("@every 0", 1),
        ("@every -5h", 1),
        ("@every 1ns", 1),
        ("@every 2562047h", 9_223_369_200),
    ] {
        let schedule = Schedule::parse(text).unwrap();
        assert_eq!(schedule.every_seconds(), Some(seconds), "{text:?}");
    }
    assert_eq!(Schedule::parse("@hourly").unwrap().every_seconds(), None);
}

#[test]
fn faults_name_the_field_and_the_fix() {
    for (text, message) in [
        ("", "expected 5 fields, found 0"),
        ("* * * *", "expected 5 fields, found 4"),
        (
            "0 * * * * *",
            "expected 5 fields, found 6; seconds are not supported",
        ),
        (
            "0 0 0 1 1 ? 2026",
            "expected 5 fields, found 7; seconds and years are not supported",
        ),
        ("60 * * * *", "minute: 60 is above the maximum 59"),
        ("0 24 * * *", "hour: 24 is above the maximum 23"),
        ("0 0 0 * *", "day of month: 0 is below the minimum 1"),
        ("0 0 1 0-2 *", "month: 0 is below the minimum 1"),
        (
            "0 0 * * 7",
            "day of week: 7 is above the maximum 6; Sunday is 0",
        ),
        ("0 0 L * *", "day of month: expected '*', '?' or a number"),
        ("5- * * * *", "minute: expected '*', '?' or a number"),
        (
            "0 0 * * monday",
            "day of week: expected '*', '?', a number or a three-letter name",
        ),
        ("0 18-8 * * *", "hour: the range starts at 18 but ends at 8"),
        ("1-2-3 * * * *", "minute: a range has at most one '-'"),
        ("*/2/3 * * * *", "minute: a range has at most one '/'"),
        (
            "*/0 * * * *",
            "minute: the step after '/' must be a positive number",
        ),
        (
            "*/-1 * * * *",
            "minute: the step after '/' must be a positive number",
        ),
        (
            "@every 5",
            "@every: a unit must follow the number: ns, us, ms, s, m or h",
        ),
        (
            "@every 1d",
            "@every: unknown unit; the units are ns, us, ms, s, m and h",
        ),
    ] {
        assert_eq!(error(text), message, "{text:?}");
    }
}

#[test]
fn only_exact_descriptors_are_supported() {
    for text in [
        "@reboot", "@Daily", "@daily ", " @daily", "@every", "@every5m", "@",
    ] {
        assert_eq!(
            Schedule::parse(text),
            Err(CronError::Descriptor),
            "{text:?}"
        );
    }
}

#[test]
fn schedules_without_any_instant_are_found() {
    for (text, never) in [
        ("* * * * *", false),
        ("@yearly", false),
        ("@every 1s", false),
        ("0 0 29 2 *", false),
        ("0 0 30 2 1", false),
        ("0 0 31 2 */2", false),
        ("0 0 31 1,2 *", false),
        ("0 0 15 * ,", false),
        ("0 0 , * 1", false),
        ("0 0 30 2 *", true),
        ("0 0 31 4,6,9,11 *", true),
        ("0 0 31 2 ?", true),
        ("0 0 31 2 ,", true),
        ("0 0 , * *", true),
        ("0 0 * * ,", true),
        ("0 0 , * ,", true),
        (", 0 * * *", true),
        ("0 , * * *", true),
        ("0 0 1 , 1", true),
    ] {
        let schedule = Schedule::parse(text).unwrap();
        assert_eq!(schedule.never_matches(), never, "{text:?}");
    }
}

#[test]
fn a_zone_is_split_off_only_at_the_very_start() {
    for (text, split) in [
        ("0 0 * * *", Ok((None, "0 0 * * *"))),
        (" TZ=UTC @daily", Ok((None, " TZ=UTC @daily"))),
        ("tz=UTC @daily", Ok((None, "tz=UTC @daily"))),
        ("TZ=Asia/Tokyo  @daily ", Ok((Some("Asia/Tokyo"), "@daily"))),
        ("CRON_TZ=UTC 0 0 * * *", Ok((Some("UTC"), "0 0 * * *"))),
        ("TZ= @daily", Ok((Some(""), "@daily"))),
        ("TZ=UTC ", Ok((Some("UTC"), ""))),
        ("TZ=UTC", Err(CronError::ZoneAlone)),
        ("TZ=UTC\t@daily", Err(CronError::ZoneAlone)),
    ] {
        assert_eq!(split_zone(text), split, "{text:?}");
    }
}
