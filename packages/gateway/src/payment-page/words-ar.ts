import { html } from "../http/html.ts";
import type { Words } from "./words.ts";

const statement = "لم يُخصم أي مبلغ من بطاقتك";
const doNotPayAgain = "فضلًا لا تدفع مرة أخرى";

/** "حقل واحد", "حقلين", "3 حقول", "11 حقلًا": Arabic counts in four ways. */
function fields(count: number): string {
  if (count === 1) return "حقل واحد";
  if (count === 2) return "حقلين";
  return count <= 10 ? `${count} حقول` : `${count} حقلًا`;
}

function items(count: number): string {
  if (count === 1) return "منتج واحد";
  if (count === 2) return "منتجان";
  return count <= 10 ? `${count} منتجات` : `${count} منتجًا`;
}

export const arabic: Words = {
  wasl: (name) => html`بواسطة ${name}`,
  waslName: "وصل",
  ribbon: "بيئة تجريبية: لا تُخصم هنا أي مبالغ حقيقية",
  reference: "الرقم المرجعي",
  request: "رقم الطلب التقني",
  copy: "نسخ",
  copied: "تم النسخ",

  payTitle: (amount, merchant) => `ادفع ${amount} إلى ${merchant}`,
  errorTitle: (title) => `خطأ: ${title}`,
  payHeading: (merchant) => html`الدفع إلى ${merchant}`,
  payButton: (amount) => html`ادفع ${amount}`,
  payBusy: "جارٍ تنفيذ الدفع…",
  cancelLink: (merchant) => html`إلغاء والعودة إلى ${merchant}`,
  privacy: (merchant) => html`لا يصل رقم بطاقتك إلى ${merchant}.`,
  cardHeading: "بيانات البطاقة",
  brandsLabel: "البطاقات المقبولة",
  billingHeading: "بيانات الفاتورة",
  billingHint: "يستعين بها البنك للتحقق من البطاقة.",
  chooseCountry: "اختر الدولة",
  labels: {
    number: "رقم البطاقة",
    expiry: "تاريخ الانتهاء",
    security_code: "رمز الأمان",
    holder: "الاسم على البطاقة",
    name: "الاسم الكامل",
    email: "البريد الإلكتروني",
    phone: "رقم الهاتف",
    street1: "الشارع والمبنى",
    city: "المدينة",
    state: "المنطقة أو المحافظة",
    country: "الدولة",
    zip: "الرمز البريدي",
    amount: (currency) => `المبلغ (${currency})`,
  },
  zipHint: "اتركه فارغًا إن لم يكن في بلدك رمز بريدي.",
  shippingHeading: "عنوان التوصيل",
  shippingOther: "التوصيل إلى عنوان آخر",
  shippingHint: "اتركه فارغًا للتوصيل إلى عنوان الفاتورة.",
  register: {
    title: (merchant) => `تسجيل بطاقتك لدى ${merchant}`,
    heading: (merchant) => html`تسجيل بطاقتك لدى ${merchant}`,
    button: "سجّل البطاقة",
    note: "نتحقق من المبلغ فقط ثم نحرّره فورًا دون خصم.",
  },
  saveCard: {
    label: (merchant) => html`احفظ هذه البطاقة لمدفوعاتي القادمة إلى ${merchant}`,
    hint: "تُحفظ بطاقتك هنا مشفّرة، ولا يُحفظ رمز الأمان أبدًا.",
  },
  storedCard: {
    heading: "بطاقتك المحفوظة",
    expires: (date) => html`تنتهي في ${date}`,
    testCode: (code) => `بطاقة اختبار: ${code}`,
  },
  expiryHint: "مثل \u206604\u00A0/\u00A030\u2069",
  codeHintBack: "3 أرقام خلف البطاقة",
  codeHintFront: "4 أرقام على وجه البطاقة",
  errorSummary: (count) => `يرجى تصحيح ${fields(count)}`,
  errors: {
    number: {
      missing: "أدخل الرقم المكتوب على بطاقتك",
      invalid: "تحقق من رقم البطاقة، فقد يكون فيه رقم ناقص أو في غير مكانه",
      not_a_test_card:
        "تقبل البيئة التجريبية بطاقات الاختبار فقط. لا تُدخل هنا بطاقة حقيقية أبدًا، واختر إحدى «بطاقات الاختبار» أدناه",
      not_taken: "هذه البطاقة ليست من البطاقات المقبولة هنا. يرجى استخدام بطاقة أخرى",
      brand_not_supported: "هذا النوع من البطاقات غير مقبول هنا. يرجى استخدام بطاقة أخرى",
    },
    expiry: {
      missing: "أدخل تاريخ الانتهاء المكتوب على بطاقتك",
      invalid: "أدخل الشهر ثم السنة كما على البطاقة",
      past: "انقضى هذا التاريخ. تحقق منه أو استخدم بطاقة أخرى",
    },
    security_code: {
      missing: "أدخل رمز الأمان",
      length: "رمز الأمان 3 أرقام (أمريكان إكسبريس: 4)",
    },
    holder: {
      missing: "أدخل الاسم كما هو مكتوب على البطاقة",
      too_long: "أدخل الاسم بما لا يزيد على 100 حرف",
    },
    amount: {
      missing: "أدخل المبلغ الذي تريد دفعه",
      invalid: "أدخل المبلغ بالأرقام، مثل 50",
      too_small: (limit) => `أقل مبلغ يمكن دفعه هنا هو ${limit}`,
      too_large: (limit) => `أكبر مبلغ يمكن دفعه هنا هو ${limit}`,
    },
    contact: {
      name: { missing: "أدخل اسمك الكامل", invalid: "تحقق من الاسم" },
      email: {
        missing: "أدخل بريدك الإلكتروني",
        invalid: "أدخل بريدًا إلكترونيًا مثل \u2066name@example.com\u2069",
      },
      phone: {
        missing: "أدخل رقم هاتفك",
        invalid: "أدخل رقم الهاتف مع رمز الدولة، مثل \u2066+966\u00A050\u00A0123\u00A04567\u2069",
      },
      street1: { missing: "أدخل الشارع والمبنى", invalid: "تحقق من العنوان" },
      city: { missing: "أدخل المدينة", invalid: "تحقق من المدينة" },
      state: { missing: "أدخل المنطقة أو المحافظة", invalid: "تحقق من المنطقة أو المحافظة" },
      country: { missing: "اختر الدولة", invalid: "اختر دولة من القائمة" },
      zip: { missing: "أدخل الرمز البريدي", invalid: "تحقق من الرمز البريدي" },
    },
  },

  payPlain: "ادفع",
  donationHeading: "أنت تحدد المبلغ",
  donationBounds: (min, max) => {
    if (min === null) return html`${max} على الأكثر`;
    return max === null ? html`${min} على الأقل` : html`من ${min} إلى ${max}`;
  },
  alternative: (amount, currency) => html`نحو ${amount}. عملة الدفع: ${currency}.`,
  cardFilter: (prefixes) => html`تُقبل هنا فقط البطاقات التي تبدأ بالأرقام ${prefixes}.`,
  listComma: "، ",
  discount: "خصم البطاقة",
  before: "قبل الخصم:",
  totalChanged: "تغيّر المبلغ الإجمالي",
  newTotal: (amount) => html`تدفع بهذه البطاقة ${amount}.`,
  typeCodeAgain: "أدخل رمز الأمان مرة أخرى لإتمام الدفع.",
  waysHeading: "كيف تريد أن تدفع؟",
  otherWays: "أو ادفع بطريقة أخرى",
  itemsHeading: (count) => items(count),
  lineDiscount: (amount) => html`خصم ${amount}`,
  lineTax: (amount) => html`ضريبة ${amount}`,
  charges: { shipping: "التوصيل", extra: "رسوم أخرى", discount: "الخصم" },

  orderHeading: "طلبك",
  rows: {
    to: "المتجر",
    description: "الوصف",
    order: "الطلب",
    booking: "رقم الحجز",
    before: "قبل الخصم",
    card: "البطاقة",
    method: "طريقة الدفع",
    bill: "رقم الفاتورة",
    payUntil: "الدفع قبل",
    amount: "المبلغ",
    time: "الوقت",
  },

  endsAt: (time) => html`تُغلق هذه الصفحة عند ${time}`,
  moreTime: "هل تحتاج إلى وقت إضافي؟",
  moreTimeYes: "نعم، أحتاج إلى وقت إضافي",
  moreTimeNo: "لا، شكرًا",
  moreTimeText: (time) =>
    html`تُغلق هذه الصفحة عند ${time}. يبقى ما كتبته كما هو إذا طلبت وقتًا إضافيًا.`,
  moreTimeDone: "مُدّد الوقت. تُغلق هذه الصفحة الآن عند {time}.",
  moreTimeFailed: "تعذّر تمديد الوقت. تُغلق هذه الصفحة عند {time}.",
  minutesLeft5: "بقيت 5 دقائق لإتمام الدفع",
  minutesLeft2: "بقيت دقيقتان لإتمام الدفع",

  testCards: "بطاقات الاختبار",
  testCardsIntro: "تعمل هنا فقط. لا تُدخل بطاقة حقيقية في البيئة التجريبية أبدًا.",
  testCardColumns: {
    outcome: "النتيجة",
    number: "الرقم",
    expiry: "الانتهاء",
    code: "الرمز",
    use: "استخدام",
  },
  useTestCard: "استخدم",
  testCardFilled: "مُلئ النموذج ببطاقة الاختبار",

  confirmCancel: {
    title: "هل تريد إلغاء هذه العملية؟",
    text: (merchant) => html`${statement}. عند الإلغاء ستعود إلى ${merchant}.`,
  },
  confirmCancelYes: "نعم، ألغِ الدفع",
  confirmCancelNo: "لا، أريد إتمام الدفع",

  processing: {
    checking: {
      title: "نتحقق مع البنك",
      text: () => html`لن يستغرق ذلك سوى ثوانٍ. يرجى إبقاء هذه الصفحة مفتوحة.`,
    },
    unknown: {
      title: "لم تتضح النتيجة بعد",
      text: (merchant) =>
        html`لم يصلنا رد من البنك حتى الآن. ستصلك النتيجة من ${merchant}. ${doNotPayAgain}.`,
    },
  },
  checkAgain: "تحقق مرة أخرى",

  outcomes: {
    paid: { title: "تم الدفع", text: (merchant) => html`شكرًا لك. اكتمل دفعك إلى ${merchant}.` },
    registered: {
      title: "سُجّلت البطاقة",
      text: (merchant) => html`شكرًا لك. سُجّلت بطاقتك لدى ${merchant}، ولم يُخصم منها أي مبلغ.`,
    },
    held: {
      title: "نراجع هذه العملية",
      text: (merchant) => html`ستصلك النتيجة من ${merchant}. ${doNotPayAgain}.`,
    },
    pending: {
      title: "لم تكتمل العملية بعد",
      text: (merchant) => html`ستصلك النتيجة من ${merchant}. ${doNotPayAgain}.`,
    },
    declined: {
      title: "لم تُقبل عملية الدفع",
      text: (merchant) =>
        html`${statement}. يمكنك تجربة بطاقة أخرى أو طريقة دفع أخرى لدى ${merchant}.`,
    },
    cancelled: { title: "أُلغيت عملية الدفع", text: () => html`${statement}.` },
    expired: {
      title: "انتهى وقت الدفع",
      text: (merchant) => html`${statement}. للدفع، يرجى البدء من جديد لدى ${merchant}.`,
    },
    error: {
      title: "تعذّر إتمام الدفع",
      text: (merchant) => html`لم يُخصم أي مبلغ. يمكنك المحاولة مرة أخرى لدى ${merchant}.`,
    },
  },
  bill: {
    title: "ادفع بهذا الرقم",
    text: (merchant) =>
      html`أدخله في تطبيق البنك أو اذكره عند منفذ الدفع. سيصل الخبر إلى ${merchant} تلقائيًا.`,
  },
  billExpired: {
    title: "انتهى وقت الدفع",
    text: (merchant) =>
      html`لم يعد سداد هذه الفاتورة ممكنًا، ولم يُخصم منك أي مبلغ. للدفع، يرجى البدء من جديد لدى
      ${merchant}.`,
  },
  billSimulate: "البيئة التجريبية: سدّد هذه الفاتورة أو أنهِ مهلتها في صفحة البنك المحاكى",
  continueButton: (merchant) => html`المتابعة إلى ${merchant}`,
  returning: (merchant) => html`جارٍ إعادتك إلى ${merchant}… إن لم تنتقل تلقائيًا فاضغط الزر.`,
  receipt: "إيصال",
  keepReceipt: "يمكنك إغلاق هذه الصفحة. احتفظ بالرقم المرجعي فقد تحتاج إليه عند الاستفسار.",
  print: "طباعة",

  problems: {
    used_link: {
      title: "اكتملت هذه العملية من قبل",
      text: (merchant) =>
        merchant === null
          ? html`استُخدم هذا الرابط ولا يمكن الدفع به مرة أخرى.`
          : html`استُخدم هذا الرابط ولا يمكن الدفع به مرة أخرى. النتيجة لدى ${merchant}.`,
    },
    unknown_link: {
      title: "لم نعثر على هذه العملية",
      text: () => html`قد يكون الرابط ناقصًا. يرجى البدء من جديد من المتجر.`,
    },
    not_found: {
      title: "لا توجد صفحة هنا",
      text: () => html`يرجى التحقق من العنوان أو البدء من جديد من المتجر.`,
    },
    too_many: {
      title: "يرجى المحاولة بعد دقيقة",
      text: () => html`يبدأ هنا الآن عدد كبير من عمليات الدفع. لم تدفع بعد.`,
    },
    server_error: {
      title: "حدث خطأ لدينا",
      text: () =>
        html`يرجى المحاولة بعد دقيقة. وإن كنت قد ضغطت «ادفع» فاسأل المتجر قبل أن تدفع مرة أخرى.`,
    },
  },
  seeResult: "عرض النتيجة",
  tryAgain: "حاول مرة أخرى",
  seeInvoice: "عرض الفاتورة",
};
