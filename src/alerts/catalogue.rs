//! The catalogue: what operators are told of, whom it concerns, and the words for it in English and Arabic.

use messaging_adapters::Audience;

/// English and Arabic.
pub type Both = (&'static str, &'static str);

/// One kind of alert.
#[derive(Debug)]
pub struct Entry {
    /// The word in payloads, rows and answers.
    pub kind: &'static str,
    /// What the eye is caught by.
    pub sign: &'static str,
    /// Whom it concerns.
    pub audience: Audience,
    /// The first line.
    pub title: Both,
    /// Names of lines, in their order.
    pub lines: &'static [&'static str],
    /// How it stands.
    pub state: Both,
    /// What follows from it.
    pub effect: Both,
    /// What to do.
    pub advice: Both,
}

/// Facts that have a line of their own: their name and the line. What stands in braces is filled in; a line whose fact
/// is not known is left out.
pub const LINES: &[(&str, Both)] = &[
    ("time", ("Time: {time} (Tripoli)", "الوقت: {time} (طرابلس)")),
    ("merchant", ("Merchant key: {merchant}", "معرّف التاجر: {merchant}")),
    ("store", ("Store: {store}", "المتجر: {store}")),
    ("host", ("Host: {host}", "المضيف: {host}")),
    ("mode", ("Mode: {mode}", "الوضع: {mode}")),
    ("failures", ("Failures in a row: {failures}", "عدد الإخفاقات المتتالية: {failures}")),
    ("pause", ("Breaker open for: {pause} minutes", "مدة فتح القاطع: {pause} دقائق")),
    ("mean", ("Mean response time: {mean} seconds", "متوسط زمن الاستجابة: {mean} ثانية")),
    ("slow", ("Threshold: {slow} seconds", "الحد: {slow} ثانية")),
    ("failing", ("Of the time before it is disabled: {percent} %", "المنقضي من المهلة قبل التعطيل: {percent} %")),
    ("value", ("Now: {value}", "الآن: {value}")),
    ("limit", ("Threshold: {limit}", "الحد: {limit}")),
    ("tries", ("Tries in the last hour: {tries}", "المحاولات في الساعة الأخيرة: {tries}")),
    ("task", ("Kind of task: {task}", "نوع المهمة: {task}")),
    ("count", ("Tasks: {count}", "عدد المهام: {count}")),
    ("since", ("Due since: {since} (Tripoli)", "مستحقة منذ: {since} (طرابلس)")),
    ("day", ("Day: {day}", "اليوم: {day}")),
    ("account", ("Account: {account}", "الحساب: {account}")),
    ("service", ("Service: {service}", "الخدمة: {service}")),
    ("severity", ("Severity: {severity}", "درجة الخطورة: {severity}")),
    ("cause", ("Why: {cause}", "السبب: {cause}")),
    ("error", ("Last error: {error}", "آخر خطأ: {error}")),
    ("began", ("Since: {began} (Tripoli)", "منذ: {began} (طرابلس)")),
    ("estimated", ("Likely over: {estimated} (Tripoli)", "الانتهاء المتوقع: {estimated} (طرابلس)")),
    ("days", ("Days left: {days}", "الأيام المتبقية: {days}")),
    ("balance", ("Balance: {balance}", "الرصيد: {balance}")),
    ("differences", ("Lines to be decided: {differences}", "سطور تنتظر القرار: {differences}")),
];

/// The names of the parts that a message is made of.
pub const STATE: Both = ("Status", "الحالة");
/// What follows.
pub const EFFECT: Both = ("Effect", "الأثر");
/// What to do.
pub const ADVICE: Both = ("Advice", "الإجراء المقترح");
/// Said of an alert that a person has sent.
pub const BY_HAND: Both = ("Sent by hand.", "أُرسل هذا التنبيه يدوياً.");
/// Said of something that was told and is over.
pub const OVER: Both = ("Over", "انتهى");
/// How that stands.
pub const OVER_STATE: Both = ("back to normal", "عاد إلى الوضع الطبيعي");
/// How a breaker stands that a person tells of while it is not open.
pub const NOT_OPEN: Both = ("the breaker is not open", "القاطع غير مفتوح");
/// The sign of what is over.
pub const OVER_SIGN: &str = "✅";

const MERCHANT: &[&str] = &["time", "merchant", "store", "host"];

/// Every kind.
pub static ENTRIES: &[Entry] = &[
    Entry {
        kind: "breaker",
        sign: "🚨",
        audience: Audience::Admin,
        title: ("Merchant notification breaker", "قاطع إشعارات التاجر"),
        lines: &["time", "merchant", "store", "host", "failures", "pause"],
        state: ("the breaker has opened", "فُتح القاطع"),
        effect: (
            "Notifications to this merchant pause for {pause} minutes, so that those of other merchants are not held up.",
            "تتوقف إشعارات هذا التاجر لمدة {pause} دقائق حتى لا تتأخر إشعارات التجار الآخرين.",
        ),
        advice: ("Check the merchant's server and its network.", "يرجى التحقق من حالة خادم التاجر واتصاله بالشبكة."),
    },
    Entry {
        kind: "slow",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Slow merchant", "تاجر بطيء"),
        lines: &["time", "merchant", "store", "host", "mean", "slow"],
        state: ("answers too slowly", "استجابة بطيئة"),
        effect: (
            "The merchant takes longer than the threshold; its own notifications are delayed.",
            "زمن استجابة التاجر أعلى من الحد، وقد تتأخر إشعاراته.",
        ),
        advice: (
            "Check how the merchant's server performs and its network.",
            "يرجى التحقق من أداء خادم التاجر وحالة شبكته.",
        ),
    },
    Entry {
        kind: "recovered",
        sign: "✅",
        audience: Audience::Monitor,
        title: ("Merchant notifications arrive again", "عودة إشعارات التاجر"),
        lines: MERCHANT,
        state: ("a delivery has arrived", "وصل إشعار بنجاح"),
        effect: ("What has waited is being delivered.", "يجري الآن تسليم الإشعارات المنتظرة."),
        advice: ("Nothing needs to be done.", "لا يلزم أي إجراء."),
    },
    Entry {
        kind: "failing",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Merchant endpoint keeps failing", "استمرار إخفاق عنوان التاجر"),
        lines: &["time", "merchant", "store", "host", "failures", "failing"],
        state: ("nothing has arrived for a long time", "لم يصل أي إشعار منذ مدة طويلة"),
        effect: (
            "The endpoint will be disabled if nothing arrives in the rest of the time.",
            "سيُعطّل العنوان إذا لم يصل أي إشعار في المدة المتبقية.",
        ),
        advice: ("Ask the merchant to mend its server.", "يرجى التواصل مع التاجر لإصلاح خادمه."),
    },
    Entry {
        kind: "disabled",
        sign: "🚨",
        audience: Audience::Admin,
        title: ("Merchant endpoint disabled", "تعطيل عنوان التاجر"),
        lines: &["time", "merchant", "store", "host", "failures"],
        state: ("nothing is sent there any more", "لا يُرسل إليه أي إشعار"),
        effect: (
            "The merchant is not told of anything at this address until it is enabled again.",
            "لن يتلقى التاجر أي إشعار على هذا العنوان حتى يُفعّل من جديد.",
        ),
        advice: (
            "Mend the address with the merchant, enable it, and send again what is missing.",
            "يرجى إصلاح العنوان مع التاجر ثم تفعيله وإعادة إرسال ما لم يصل.",
        ),
    },
    Entry {
        kind: "waiting",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Many notifications wait", "تراكم الإشعارات المنتظرة"),
        lines: &["time", "value", "limit"],
        state: ("the queue is long", "قائمة الانتظار طويلة"),
        effect: ("Notifications may arrive late.", "قد تتأخر الإشعارات."),
        advice: (
            "See which merchants they are for; add workers if all are slow.",
            "يرجى معرفة التجار المعنيين، وزيادة عمليات المعالجة إذا كان التأخر عاماً.",
        ),
    },
    Entry {
        kind: "success",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Few notifications arrive", "انخفاض نسبة وصول الإشعارات"),
        lines: &["time", "mode", "value", "limit", "tries"],
        state: ("below the threshold", "أقل من الحد"),
        effect: ("Merchants are not told of what happens.", "لا يصل إلى التجار ما يحدث."),
        advice: (
            "See why tries fail, and whether it is one merchant or all.",
            "يرجى معرفة أسباب الإخفاق، وهل يخص تاجراً واحداً أم الجميع.",
        ),
    },
    Entry {
        kind: "mean",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Merchants answer slowly", "بطء استجابة التجار"),
        lines: &["time", "mode", "value", "limit", "tries"],
        state: ("above the threshold", "أعلى من الحد"),
        effect: ("Notifications take long.", "تستغرق الإشعارات وقتاً طويلاً."),
        advice: ("Check our own network, and which merchants are slow.", "يرجى التحقق من شبكتنا ومن التجار البطيئين."),
    },
    Entry {
        kind: "errors",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Many tries to notify fail", "ارتفاع نسبة إخفاق الإشعارات"),
        lines: &["time", "mode", "value", "limit", "tries"],
        state: ("above the threshold", "أعلى من الحد"),
        effect: ("Notifications need several tries and arrive late.", "تحتاج الإشعارات إلى عدة محاولات وتصل متأخرة."),
        advice: (
            "See why tries fail, and whether it is one merchant or all.",
            "يرجى معرفة أسباب الإخفاق، وهل يخص تاجراً واحداً أم الجميع.",
        ),
    },
    Entry {
        kind: "overdue",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("Due work is not done", "مهام مستحقة لا تُنجز"),
        lines: &["time", "task", "since"],
        state: ("nobody does it", "لا ينجزها أحد"),
        effect: ("What depends on it does not go on.", "يتوقف كل ما يعتمد عليها."),
        advice: ("See whether workers run, and what they log.", "يرجى التحقق من عمليات المعالجة ومن سجلاتها."),
    },
    Entry {
        kind: "buried",
        sign: "🚨",
        audience: Audience::Admin,
        title: ("Work was given up", "مهام متروكة بعد تكرار الإخفاق"),
        lines: &["time", "task", "count"],
        state: ("a person must decide", "يلزم قرار من شخص"),
        effect: ("It is not tried again by itself.", "لن تُعاد المحاولة تلقائياً."),
        advice: (
            "Read the tasks' last error, mend its cause, and have them done again.",
            "يرجى قراءة آخر خطأ للمهام وإصلاح سببه ثم إعادة تنفيذها.",
        ),
    },
    Entry {
        kind: "settlement.differences",
        sign: "⚠️",
        audience: Audience::Admin,
        title: ("Settlement differs", "فروق في التسوية"),
        lines: &["time", "mode", "account", "day", "differences"],
        state: ("lines wait for a person", "سطور تنتظر قرار شخص"),
        effect: (
            "The money of these lines is counted as the other side says until they are decided.",
            "يُحتسب مال هذه السطور كما يقول الطرف الآخر إلى أن يُتخذ القرار.",
        ),
        advice: (
            "Read the settlement's undecided lines and decide each with evidence.",
            "يرجى قراءة السطور المعلقة في التسوية واتخاذ قرار مع إثبات لكل سطر.",
        ),
    },
    Entry {
        kind: "incident",
        sign: "🚨",
        audience: Audience::Admin,
        title: ("A service fails", "تعطل خدمة"),
        lines: &["time", "service", "mode", "severity", "cause", "error", "began", "estimated"],
        state: ("it is left alone until it answers again", "أوقف استخدامها إلى أن تعود"),
        effect: (
            "Requests go to what stands in for it; where nothing does, they are refused with alternatives.",
            "تُحوّل الطلبات إلى البدائل، وحيث لا بديل تُرفض مع عرض الخيارات المتاحة.",
        ),
        advice: (
            "Read the incident, ask the provider, and note what it says.",
            "يرجى قراءة تفاصيل الحادث ومراجعة المزود وتدوين إفادته.",
        ),
    },
    Entry {
        kind: "offline",
        sign: "🚨",
        audience: Audience::Admin,
        title: ("We may be offline ourselves", "قد يكون اتصالنا نحن مقطوعاً"),
        lines: &["time"],
        state: ("no provider answers", "لا يستجيب أي مزود"),
        effect: (
            "No incident is opened for providers until one of them answers.",
            "لن تُفتح حوادث للمزودين إلى أن يستجيب أحدهم.",
        ),
        advice: ("Check this machine's own network.", "يرجى فحص شبكة هذا الخادم."),
    },
    Entry {
        kind: "certificate",
        sign: "⚠️",
        audience: Audience::Monitor,
        title: ("A certificate ends soon", "اقتراب انتهاء شهادة"),
        lines: &["time", "service", "mode", "days"],
        state: ("the provider must renew it", "على المزود تجديدها"),
        effect: ("Calls will fail when it has ended.", "ستفشل الطلبات عند انتهائها."),
        advice: ("Remind the provider.", "يرجى تذكير المزود."),
    },
    Entry {
        kind: "balance",
        sign: "⚠️",
        audience: Audience::Admin,
        title: ("A balance is low", "انخفاض رصيد"),
        lines: &["time", "service", "mode", "balance"],
        state: ("below what the settings ask for", "أقل من الحد المضبوط"),
        effect: ("Orders will be refused when it is used up.", "ستُرفض الطلبات عند نفاده."),
        advice: ("Top the account up.", "يرجى شحن الحساب."),
    },
    Entry {
        kind: "test",
        sign: "🔔",
        audience: Audience::Admin,
        title: ("Test alert", "تنبيه تجريبي"),
        lines: &["time"],
        state: ("alerts reach this chat", "التنبيهات تصل إلى هذه المحادثة"),
        effect: ("None.", "لا يوجد."),
        advice: ("Nothing needs to be done.", "لا يلزم أي إجراء."),
    },
];

/// The entry of a kind.
pub fn entry(kind: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_arabic(text: &str) -> bool {
        text.chars().any(|letter| ('\u{600}'..='\u{6ff}').contains(&letter))
    }

    #[test]
    fn every_word_is_there_in_both_languages() {
        for entry in ENTRIES {
            for (en, ar) in [entry.title, entry.state, entry.effect, entry.advice] {
                assert!(!en.is_empty() && !is_arabic(en) && is_arabic(ar), "{}: {en} / {ar}", entry.kind);
            }
            for line in entry.lines {
                assert!(LINES.iter().any(|(name, _)| name == line), "{}: {line}", entry.kind);
            }
        }
        for (name, (en, ar)) in LINES {
            assert!(!is_arabic(en) && is_arabic(ar), "{name}");
            let braced = |text: &str| text.split('{').nth(1).and_then(|rest| rest.split('}').next()).map(str::to_owned);
            assert_eq!(braced(en), braced(ar), "{name}: both name the same fact");
        }
    }
}
