//! Kubernetes quantities: `500m`, `1.5Gi`, `1e3`.

/// The value of a quantity in its unique form: a number without the factors 2 and
/// 5, times powers of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    is_negative: bool,
    rest: u64,
    twos: i32,
    fives: i32,
}

impl Quantity {
    /// Zero.
    pub const ZERO: Self = Self {
        is_negative: false,
        rest: 0,
        twos: 0,
        fives: 0,
    };

    /// Parses a quantity; `None` if it is invalid or has too many digits.
    ///
    /// Upstream: `k8s.io/apimachinery` v0.35.0 `pkg/api/resource/quantity.go:ParseQuantity`.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::quantity::Quantity;
    ///
    /// assert_eq!(Quantity::parse("1000m"), Quantity::parse("1"));
    /// assert_eq!(Quantity::parse("1.5Gi"), Quantity::parse("1536Mi"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = text
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'.')
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(end)?;
        let (mut tens, twos) = scale(suffix)?;
        let mut digits = 0_u64;
        let mut has_point = false;
        for byte in number.bytes() {
            if byte == b'.' {
                if has_point || number.len() == 1 {
                    return None;
                }
                has_point = true;
                continue;
            }
            let digit = byte.wrapping_sub(b'0');
            digits = digits.checked_mul(10)?.checked_add(digit.into())?;
            tens = tens.checked_sub(has_point.into())?;
        }
        (!number.is_empty()).then(|| Self::new(is_negative, digits, tens, twos))
    }

    /// The value in units of the last of so many decimals: of a thousandth for 3. A
    /// fraction of a unit counts as a whole one, and what is too large as the largest
    /// number.
    ///
    /// Upstream: `k8s.io/apimachinery` v0.35.0
    /// `pkg/api/resource/quantity.go:Quantity.ScaledValue`.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::quantity::Quantity;
    ///
    /// let quantity = Quantity::parse("1500m").unwrap();
    /// assert_eq!((quantity.rounded_up(3), quantity.rounded_up(0)), (1500, 2));
    /// ```
    pub fn rounded_up(self, decimals: i32) -> i64 {
        let (mut above, mut below) = (self.rest, 1_u64);
        for (base, power) in [(2_u64, self.twos), (5, self.fives)] {
            let power = power.saturating_add(decimals);
            let side = if power < 0 { &mut below } else { &mut above };
            *side = side.saturating_mul(base.saturating_pow(power.unsigned_abs()));
        }
        let size = i64::try_from(above.div_ceil(below)).unwrap_or(i64::MAX);
        if self.is_negative {
            size.saturating_neg()
        } else {
            size
        }
    }

    /// The value, if it is a whole number that has room.
    pub fn whole(self) -> Option<i64> {
        let value = self.rounded_up(0);
        (self.twos >= 0 && self.fives >= 0 && value.unsigned_abs() < i64::MAX as u64)
            .then_some(value)
    }

    /// `digits` times powers of ten and of two.
    fn new(is_negative: bool, digits: u64, tens: i32, twos: i32) -> Self {
        let mut value = Self {
            is_negative,
            rest: digits,
            twos: twos.saturating_add(tens),
            fives: tens,
        };
        if digits == 0 {
            return Self::ZERO;
        }
        while value.rest.is_multiple_of(2) {
            value.rest /= 2;
            value.twos = value.twos.saturating_add(1);
        }
        while value.rest.is_multiple_of(5) {
            value.rest /= 5;
            value.fives = value.fives.saturating_add(1);
        }
        value
    }
}

/// The powers of ten and of two of a suffix.
fn scale(suffix: &str) -> Option<(i32, i32)> {
    const TENS: [(&str, i32); 10] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    const TWOS: [(&str, i32); 6] = [
        ("Ki", 10),
        ("Mi", 20),
        ("Gi", 30),
        ("Ti", 40),
        ("Pi", 50),
        ("Ei", 60),
    ];
    let power = |of: &[(&str, i32)]| of.iter().find(|(name, _)| *name == suffix).map(|p| p.1);
    match (power(&TENS), power(&TWOS)) {
        (Some(tens), _) => Some((tens, 0)),
        (None, Some(twos)) => Some((0, twos)),
        (None, None) => Some((suffix.strip_prefix(['e', 'E'])?.parse().ok()?, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn equal_quantities_have_equal_values() {
        for (a, b) in [
            ("1000m", "1"),
            ("1", "1.0"),
            ("0.1", "100m"),
            ("1.5Gi", "1536Mi"),
            ("0.1Gi", "107374182400m"),
            ("1e3", "1k"),
            ("1E3", "1k"),
            ("1e+3", "1k"),
            ("2E", "2e18"),
            ("+5", "5."),
            (".5", "500000u"),
            ("-1", "-1000m"),
            ("0", "-0Gi"),
            ("16Ei", "16384Pi"),
        ] {
            assert!(Quantity::parse(a).is_some(), "{a}");
            assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
        }
    }

    #[test]
    fn different_quantities_differ() {
        for (a, b) in [("1G", "1Gi"), ("1", "1m"), ("1", "-1"), ("1n", "0")] {
            assert_ne!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
        }
    }

    #[test]
    fn a_value_is_rounded_up_to_a_decimal() {
        for (text, thousandths, whole) in [
            ("0", 0, 0),
            ("-0", 0, 0),
            ("1", 1000, 1),
            ("12n", 1, 1),
            ("1e-60", 1, 1),
            ("0.1234567890123456789", 124, 1),
            ("18446744073709551615n", 18_446_744_073_710, 18_446_744_074),
            ("100000u", 100, 1),
            ("2.5", 2500, 3),
            ("-1.5", -1500, -2),
            ("-1n", -1, -1),
            ("0.1Gi", 107_374_182_400, 107_374_183),
            ("1Ki", 1_024_000, 1024),
            ("1Ei", i64::MAX, 1 << 60),
            ("-1e99", -i64::MAX, -i64::MAX),
        ] {
            let quantity = Quantity::parse(text).unwrap();
            let rounded = (quantity.rounded_up(3), quantity.rounded_up(0));
            assert_eq!(rounded, (thousandths, whole), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_has_no_value() {
        for text in [
            "",
            ".",
            "-",
            "m",
            "1 Gi",
            "1GB",
            "1e",
            "1e1.5",
            "1.2.3",
            "--1",
            "2.52.0",
            "nightly",
            "1é",
            "18446744073709551616",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
