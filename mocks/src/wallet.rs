//! The customers of every wallet here: what a telephone number's last seven digits say of its owner.

/// The code that wallets with six digits send.
pub(crate) const CODE: &str = "111111";

/// Who owns a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Customer {
    /// Has the wallet, and money in it.
    Ready,
    /// `…0000001`: has no money.
    Poor,
    /// `…0000002`: has no wallet.
    Unknown,
    /// `…0000003`: gets no code, because the service that sends it is down.
    Unreachable,
}

impl Customer {
    /// The owner of a number, however it is written.
    pub(crate) fn of(phone: &str) -> Self {
        match phone.get(phone.len().saturating_sub(7)..) {
            Some("0000001") => Self::Poor,
            Some("0000002") => Self::Unknown,
            Some("0000003") => Self::Unreachable,
            _ => Self::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Customer;

    #[test]
    fn the_last_seven_digits_decide() {
        assert_eq!(Customer::of("0910000001"), Customer::Poor);
        assert_eq!(Customer::of("+218930000002"), Customer::Unknown);
        assert_eq!(Customer::of("940000003"), Customer::Unreachable);
        assert_eq!(Customer::of("0911000001"), Customer::Ready);
        assert_eq!(Customer::of("1"), Customer::Ready);
    }
}
