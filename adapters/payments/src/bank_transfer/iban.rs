//! Libyan IBANs: LY, two check digits, and bank, branch and account as 21 digits (ISO 13616).

const LENGTH: usize = 25;

/// Reads an IBAN with or without blanks; `None` where it is not Libyan or its check digits do not fit.
pub(super) fn read(text: &str) -> Option<String> {
    let iban: String = text.chars().filter(|letter| *letter != ' ').map(|letter| letter.to_ascii_uppercase()).collect();
    let digits = iban.strip_prefix("LY")?;
    let right = iban.len() == LENGTH && digits.bytes().all(|byte| byte.is_ascii_digit());
    (right && fits(digits)).then_some(iban)
}

/// ISO 7064 mod 97-10 over account, country and check digits; L is 21 and Y is 34.
fn fits(digits: &str) -> bool {
    let (check, account) = digits.split_at(2);
    let number = account.bytes().chain(*b"2134").chain(check.bytes());
    number.fold(0u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97) == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "LY83002048000020100120361";

    #[test]
    fn the_registrys_example_fits_with_and_without_blanks() {
        assert_eq!(read(EXAMPLE).as_deref(), Some(EXAMPLE));
        assert_eq!(read("LY83 0020 4800 0020 1001 2036 1").as_deref(), Some(EXAMPLE));
        assert_eq!(read("ly83002048000020100120361").as_deref(), Some(EXAMPLE));
    }

    #[test]
    fn others_do_not() {
        for text in [
            "",
            "LY",
            "LY8300204800002010012036",
            "LY830020480000201001203610",
            "TN83002048000020100120361",
            "LY83002048000020100120٣61",
            "LY8300204800002010012036A",
            "83002048000020100120361",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_fits(place in 2usize..LENGTH, by in 1u8..10) {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
            prop_assert_eq!(read(std::str::from_utf8(&bytes).expect("digits")), None);
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
