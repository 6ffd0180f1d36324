//! Why a provider cannot serve a request, as a word and for people.

use schemas::Text;

schemas::words! {
    /// Why a provider cannot serve a request.
    WhyNot {
        /// The store has no account with it, and the platform has none.
        NoAccount = "no_account",
        /// The account's money is another.
        OtherCurrency = "other_currency",
        /// The account's settings cannot be used.
        Misconfigured = "misconfigured",
        /// A person has switched the service off for all.
        SwitchedOff = "switched_off",
        /// It has been failing, or a person has shut it.
        Shut = "shut",
        /// Its wire cannot write the amount without rounding it.
        AmountStep = "amount_step",
        /// The customer's telephone number is needed.
        PhoneNeeded = "phone_needed",
        /// The customer's number is of another operator.
        OtherOperator = "other_operator",
        /// The customer's year of birth is needed.
        BirthYearNeeded = "birth_year_needed",
        /// A rule of routing leaves it out.
        LeftOut = "left_out_by_rule",
    }
}

impl WhyNot {
    /// For people.
    pub fn text(self) -> Text {
        let (en, ar) = match self {
            Self::NoAccount => ("the store has no account with this provider", "لا يملك المتجر حساباً لدى هذا المزود"),
            Self::OtherCurrency => ("the account takes another currency", "الحساب يعمل بعملة أخرى"),
            Self::Misconfigured => ("the account's settings cannot be used", "إعدادات الحساب غير صالحة للاستخدام"),
            Self::SwitchedOff => ("the service has been switched off", "أُوقفت هذه الخدمة"),
            Self::Shut => ("the provider is not reachable at the moment", "المزود غير متاح في الوقت الحالي"),
            Self::AmountStep => (
                "this wallet takes no third decimal: the amount must be a multiple of 0.010",
                "لا تقبل هذه المحفظة الخانة العشرية الثالثة: يجب أن يكون المبلغ من مضاعفات 0.010",
            ),
            Self::PhoneNeeded => ("the customer's telephone number is needed", "رقم هاتف الزبون مطلوب"),
            Self::OtherOperator => (
                "this wallet does not serve numbers of the customer's operator",
                "لا تخدم هذه المحفظة أرقام مشغّل هاتف الزبون",
            ),
            Self::BirthYearNeeded => ("the customer's year of birth is needed", "سنة ميلاد الزبون مطلوبة"),
            Self::LeftOut => ("a rule of routing leaves it out", "استبعدته إحدى قواعد التوجيه"),
        };
        Text::new(en, ar)
    }

    /// The field of a request that it is about, where another request could be served.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::AmountStep => Some("amount"),
            Self::PhoneNeeded | Self::OtherOperator => Some("customer.phone"),
            Self::BirthYearNeeded => Some("customer.birth_year"),
            _ => None,
        }
    }
}
