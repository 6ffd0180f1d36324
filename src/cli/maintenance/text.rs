//! What the review says, in both languages.

use super::Language;
use super::sheet::Head;

/// Something said in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub en: &'static str,
    pub ar: &'static str,
}

impl Words {
    pub fn say(self, language: Language) -> &'static str {
        match language {
            Language::Ar => self.ar,
            Language::En => self.en,
        }
    }
}

const fn words(en: &'static str, ar: &'static str) -> Words {
    Words { en, ar }
}

pub(super) const TITLE: Words = words("Monthly maintenance", "الصيانة الشهرية");
pub(super) const NONE: Words = words("None.", "لا يوجد.");
pub(super) const NO_CALLS: Words = words("There were no calls.", "لم تكن هناك اتصالات.");
pub(super) const NO_PROMISES: Words =
    words("Nothing is promised: see [health.promised].", "لا توجد مستويات متفق عليها: انظر [health.promised].");
pub(super) const NO_FEES: Words = words(
    "Nothing was paid whose fees are known: see [payments.fees].",
    "لم يُدفع ما تُعرف رسومه: انظر [payments.fees].",
);

pub(super) const FIRST: Words =
    words("Week 1: state, credentials, errors, probes", "الأسبوع الأول: الحالة والمفاتيح والأخطاء والفحوص");
pub(super) const SECOND: Words =
    words("Week 2: documentation, settings, failure and recovery", "الأسبوع الثاني: التوثيق والإعدادات والفشل والتعافي");
pub(super) const THIRD: Words = words(
    "Week 3: promised levels, recovery plans, training, customers",
    "الأسبوع الثالث: مستويات الخدمة وخطط التعافي والتدريب والعملاء",
);
pub(super) const FOURTH: Words = words(
    "Week 4: evaluation, improvements, costs, strategy",
    "الأسبوع الرابع: التقييم والتحسينات والتكاليف والاستراتيجية",
);
pub(super) const BESIDE: Words = words("Beside the weeks", "إلى جانب الأسابيع");

pub(super) const STATE: Words = words("State of all integrations now", "حالة جميع التكاملات الآن");
pub(super) const CREDENTIALS: Words = words(
    "Credentials' age (what is older than 90 days is to be renewed)",
    "عمر بيانات الدخول (يُجدَّد ما تجاوز 90 يوماً)",
);
pub(super) const ERRORS: Words = words("Most frequent errors", "أكثر الأخطاء تكراراً");
pub(super) const SLOW: Words = words("Slowest operations", "أبطأ العمليات");
pub(super) const PROBES: Words = words("Last probe of each external service", "آخر فحص لكل خدمة خارجية");
pub(super) const INCIDENTS: Words = words("Incidents and how long they lasted", "الحوادث ومدة كل منها");
pub(super) const PERFORMANCE: Words = words("Performance", "الأداء");
pub(super) const PROMISES: Words =
    words("Promised levels against measured ones", "المستويات المتفق عليها مقابل المقيسة");
pub(super) const EVALUATION: Words = words("Volume and success", "الحجم ونسبة النجاح");
pub(super) const COSTS: Words = words("Costs: fees of what was paid", "التكاليف: رسوم ما دُفع");
pub(super) const CERTIFICATES: Words = words("Certificates (TLS)", "شهادات TLS");
pub(super) const LOG: Words = words("Log of calls: room and retention", "سجل الاتصالات: الأقسام ومدة الحفظ");
pub(super) const BURIED: Words = words("Tasks that were given up", "مهام جرى التخلي عنها");
pub(super) const UNDECIDED: Words = words("Settlements that wait for a person", "تسويات تنتظر قرار شخص");
pub(super) const IDLE: Words = words("Integrations that nobody called", "تكاملات لم يستخدمها أحد");

pub(super) const FIRST_BOXES: &[Words] = &[
    words(
        "Renew the credentials that are older than 90 days (`jisr credentials`).",
        "جدّد بيانات الدخول التي تجاوزت 90 يوماً (`jisr credentials`).",
    ),
    words(
        "Look up the age of the credentials that the environment gives.",
        "تحقق من عمر بيانات الدخول الآتية من الإعدادات.",
    ),
    words("Test the external services (`jisr check --live`).", "اختبر الخدمات الخارجية (`jisr check --live`)."),
];
pub(super) const SECOND_BOXES: &[Words] = &[
    words("The integrations' documentation is up to date.", "توثيق التكاملات محدّث."),
    words("The settings were reviewed (`jisr settings`).", "رُوجعت الإعدادات (`jisr settings`)."),
    words("Failure and recovery were tried out (`jisr drill`).", "جُرّبت سيناريوهات الفشل والتعافي (`jisr drill`)."),
    words("What the figures say of performance was acted on.", "اتُّخذ ما تقتضيه أرقام الأداء."),
];
pub(super) const THIRD_BOXES: &[Words] = &[
    words("The recovery plans are up to date.", "خطط التعافي من الكوارث محدّثة."),
    words("Support was trained on what is new.", "دُرّب فريق الدعم على الجديد من التكاملات."),
    words("Customers' remarks on the integrations were read.", "رُوجعت تعليقات العملاء حول التكاملات."),
];
pub(super) const FOURTH_BOXES: &[Words] = &[
    words("Next month's improvements are planned.", "خُطّطت تحسينات الشهر القادم."),
    words("Costs and returns were compared.", "قورنت التكاليف بالعوائد."),
    words("The strategy of integrations was reviewed.", "رُوجعت استراتيجية التكاملات."),
];

pub(super) const SERVICE: Head = ("service", words("service", "الخدمة"));
pub(super) const VERDICT: Head = ("verdict", words("state", "الحالة"));
pub(super) const CAUSE: Head = ("cause", words("cause", "السبب"));
pub(super) const UPTIME_DAY: Head = ("uptime_24h_percent", words("uptime 24 h %", "التوفر 24 س %"));
pub(super) const UPTIME: Head = ("uptime_percent", words("uptime %", "التوفر %"));
pub(super) const ACCOUNT: Head = ("account", words("account", "الحساب"));
pub(super) const ORIGIN: Head = ("origin", words("origin", "المصدر"));
pub(super) const CHANGED: Head = ("changed_at", words("changed", "آخر تغيير"));
pub(super) const AGE: Head = ("age_days", words("days", "الأيام"));
pub(super) const RENEW: Head = ("renew", words("renew", "للتجديد"));
pub(super) const ERROR: Head = ("error", words("error", "الخطأ"));
pub(super) const COUNT: Head = ("count", words("count", "العدد"));
pub(super) const OPERATION: Head = ("operation", words("operation", "العملية"));
pub(super) const CALLS: Head = ("calls", words("calls", "الاتصالات"));
pub(super) const MEAN: Head = ("mean_ms", words("mean ms", "المتوسط م.ث"));
pub(super) const P50: Head = ("p50_ms", words("p50 ms", "p50 م.ث"));
pub(super) const P95: Head = ("p95_ms", words("p95 ms", "p95 م.ث"));
pub(super) const P99: Head = ("p99_ms", words("p99 ms", "p99 م.ث"));
pub(super) const PROBED: Head = ("probed_at", words("probed", "وقت الفحص"));
pub(super) const TOOK: Head = ("response_ms", words("took ms", "الاستجابة م.ث"));
pub(super) const SEVERITY: Head = ("severity", words("severity", "الخطورة"));
pub(super) const STATUS: Head = ("status", words("status", "الوضع"));
pub(super) const OPENED: Head = ("opened_at", words("opened", "البداية"));
pub(super) const MINUTES: Head = ("minutes", words("minutes", "الدقائق"));
pub(super) const LEVEL: Head = ("level", words("level", "المستوى"));
pub(super) const PROMISED: Head = ("promised", words("promised", "المتفق عليه"));
pub(super) const MEASURED: Head = ("measured", words("measured", "المقيس"));
pub(super) const MET: Head = ("met", words("met", "تحقق"));
pub(super) const SUCCESS: Head = ("success_percent", words("success %", "النجاح %"));
pub(super) const NOT_SENT: Head = ("not_sent", words("not sent", "لم يُرسل"));
pub(super) const GATEWAY: Head = ("gateway", words("route", "المسار"));
pub(super) const CURRENCY: Head = ("currency", words("currency", "العملة"));
pub(super) const AMOUNT: Head = ("amount", words("amount", "المبلغ"));
pub(super) const FEES: Head = ("fees", words("fees", "الرسوم"));
pub(super) const UNTIL: Head = ("valid_until", words("valid until", "صالحة حتى"));
pub(super) const DAYS: Head = ("days", words("days left", "الأيام الباقية"));
pub(super) const WHAT: Head = ("what", words("what", "البند"));
pub(super) const VALUE: Head = ("value", words("value", "القيمة"));
pub(super) const READY: Head = ("ready", words("as it should be", "سليم"));
pub(super) const KIND: Head = ("kind", words("kind", "النوع"));
pub(super) const LINES: Head = ("lines", words("lines", "الأسطر"));

/// Words that stand in cells, as JSON has them, and in Arabic.
const CELLS: &[(&str, &str)] = &[
    ("healthy", "تعمل"),
    ("degraded", "تعمل بصعوبة"),
    ("unhealthy", "متعطلة"),
    ("unknown", "غير معروفة"),
    ("unreachable", "لا تُبلَغ"),
    ("failing", "تفشل"),
    ("declining", "ترفض"),
    ("useless", "لا تخدم أحداً"),
    ("slow", "بطيئة"),
    ("test", "تجريبي"),
    ("live", "فعلي"),
    ("api", "الواجهة"),
    ("environment", "الإعدادات"),
    ("open", "مفتوح"),
    ("escalated", "مصعّد"),
    ("closed", "مغلق"),
    ("low", "منخفضة"),
    ("medium", "متوسطة"),
    ("high", "عالية"),
    ("critical", "حرجة"),
    ("uptime", "التوفر %"),
    ("p95_ms", "p95 م.ث"),
    ("partitions_ahead", "أشهر جاهزة قادمة"),
    ("oldest_call", "أقدم اتصال محفوظ"),
    ("retention_days", "أيام الحفظ"),
];

/// A word of a cell in a language; what is none stays as it is.
pub(super) fn word(text: &str, language: Language) -> &str {
    match language {
        Language::Ar => CELLS.iter().find(|(word, _)| *word == text).map_or(text, |(_, ar)| ar),
        Language::En => text,
    }
}
