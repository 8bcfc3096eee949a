//! Kubernetes quantities: `500m`, `1.5Gi`, `1e3`.

/// The value of a quantity, in a form that only equal values share: a coefficient without the
/// factors 2 and 5, times powers of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    is_negative: bool,
    coefficient: u64,
    twos: i32,
    fives: i32,
}

impl Quantity {
    /// Zero.
    pub const ZERO: Self = Self {
        is_negative: false,
        coefficient: 0,
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

    /// The value as an integer: a fraction is rounded away from zero, and what is too large
    /// is the largest integer.
    ///
    /// Upstream: `k8s.io/apimachinery` v0.35.0 `pkg/api/resource/quantity.go:Quantity.Value`.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::quantity::Quantity;
    ///
    /// let value = |text: &str| Quantity::parse(text).map(Quantity::value);
    /// assert_eq!((value("1500m"), value("-1500m")), (Some(2), Some(-2)));
    /// ```
    pub fn value(self) -> i64 {
        self.scaled(0)
    }

    /// The value in thousandths, like [`value`](Self::value).
    ///
    /// Upstream: `k8s.io/apimachinery` v0.35.0
    /// `pkg/api/resource/quantity.go:Quantity.MilliValue`.
    pub fn milli_value(self) -> i64 {
        self.scaled(3)
    }

    /// The value, if it is an integer in range.
    pub fn as_integer(self) -> Option<i64> {
        let value = self.value();
        (self.twos >= 0 && self.fives >= 0 && value.unsigned_abs() < i64::MAX as u64)
            .then_some(value)
    }

    /// The value times a power of ten.
    fn scaled(self, tens: i32) -> i64 {
        let (mut numerator, mut denominator) = (self.coefficient, 1_u64);
        for (base, power) in [(2_u64, self.twos), (5, self.fives)] {
            let power = power.saturating_add(tens);
            let side = if power < 0 {
                &mut denominator
            } else {
                &mut numerator
            };
            *side = side.saturating_mul(base.saturating_pow(power.unsigned_abs()));
        }
        let size = i64::try_from(numerator.div_ceil(denominator)).unwrap_or(i64::MAX);
        if self.is_negative {
            size.saturating_neg()
        } else {
            size
        }
    }

    /// `digits` times powers of ten and of two.
    fn new(is_negative: bool, digits: u64, tens: i32, twos: i32) -> Self {
        let mut value = Self {
            is_negative,
            coefficient: digits,
            twos: twos.saturating_add(tens),
            fives: tens,
        };
        if digits == 0 {
            return Self::ZERO;
        }
        while value.coefficient.is_multiple_of(2) {
            value.coefficient /= 2;
            value.twos = value.twos.saturating_add(1);
        }
        while value.coefficient.is_multiple_of(5) {
            value.coefficient /= 5;
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
    fn a_value_is_rounded_away_from_zero() {
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
            let values = (quantity.milli_value(), quantity.value());
            assert_eq!(values, (thousandths, whole), "{text}");
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
