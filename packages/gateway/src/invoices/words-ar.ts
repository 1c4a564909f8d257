import { html } from "../http/html.ts";
import type { Words } from "./words.ts";

export const arabic: Words = {
  title: (number, merchant) => `فاتورة رقم ${number} · ${merchant}`,
  heading: (number, merchant) => html`فاتورة رقم ${number} من ${merchant}`,
  stages: {
    payable: { title: "بانتظار الدفع", text: () => html`` },
    overdue: {
      title: "فات موعد السداد",
      text: (_merchant, due) => html`كان موعد سداد هذه الفاتورة ${due}، ولا يزال بإمكانك دفعها هنا.`,
    },
    not_active: {
      title: "لم يحن وقتها بعد",
      text: (_merchant, from) => html`يمكن دفع هذه الفاتورة ابتداءً من ${from}.`,
    },
    under_way: {
      title: "بدأ الدفع",
      text: () => html`بدأت عملية دفع لهذه الفاتورة، ويمكنك متابعتها.`,
    },
    checking: {
      title: "نتحقق من عملية دفع",
      text: (merchant) =>
        html`هناك عملية دفع لهذه الفاتورة لدى البنك. ستصلك النتيجة من ${merchant}. فضلًا لا تدفع مرة
        أخرى.`,
    },
    paid: {
      title: "تم الدفع",
      text: (merchant) => html`شكرًا لك. سُدّدت فاتورتك من ${merchant}.`,
    },
    cancelled: {
      title: "أُلغيت هذه الفاتورة",
      text: (merchant) =>
        html`لا يوجد مبلغ مطلوب. إن لم تكن تتوقع ذلك فيرجى الاستفسار لدى ${merchant}.`,
    },
    expired: {
      title: "انتهى وقت دفع هذه الفاتورة",
      text: (merchant) => html`للدفع، يرجى طلب فاتورة جديدة من ${merchant}.`,
    },
  },
  items: "تفاصيل الفاتورة",
  rows: {
    status: "الحالة",
    customer: "إلى",
    description: "الوصف",
    order: "الطلب",
    due: "موعد السداد",
    payableUntil: "متاحة للدفع حتى",
    paid: "تاريخ الدفع",
    card: "البطاقة",
    method: "طريقة الدفع",
  },
  sums: {
    subtotal: "المجموع الفرعي",
    discount: "الخصومات",
    tax: "الضريبة",
    shipping: "الشحن",
    extraCharges: "رسوم أخرى",
    extraDiscount: "خصم إضافي",
    total: "الإجمالي",
  },
  lineDiscount: (amount) => html`خصم ${amount}`,
  lineTax: (amount, rate) =>
    rate === null ? html`ضريبة ${amount}` : html`ضريبة ${rate}: ${amount}`,
  pay: (amount) => html`ادفع ${amount}`,
  continuePayment: "متابعة الدفع",
  look: "تحقق مرة أخرى",
  payHint: "تُدخل بيانات بطاقتك في الصفحة التالية.",
  print: "طباعة",
  keepReceipt: "يبقى هذا الرابط إيصالًا لك، ويمكنك طباعته أو العودة إليه.",

  linkTitle: (title, merchant) => `${title} · ${merchant}`,
  linkHeading: (merchant) => html`الدفع إلى ${merchant}`,
  linkHint: "تُدخل بيانات بطاقتك في الصفحة التالية. كل دفعة عبر هذا الرابط عملية جديدة.",
  linkExpired: {
    title: "انتهت صلاحية رابط الدفع",
    text: (merchant) => html`للدفع، يرجى طلب رابط جديد من ${merchant}.`,
  },

  mail: {
    invoiceSubject: (number, merchant, amount) => `فاتورة رقم ${number} من ${merchant}: ${amount}`,
    invoiceIntro: (number, merchant, amount) =>
      `أرسل إليك ${merchant} الفاتورة رقم ${number} بمبلغ ${amount}.`,
    linkSubject: (title, merchant, amount) => `${title}: ${amount} إلى ${merchant}`,
    linkIntro: (title, merchant, amount) => `يطلب منك ${merchant} دفع ${amount} مقابل ${title}.`,
    due: (time) => `موعد السداد: ${time}.`,
    see: "عرض التفاصيل والدفع",
    unexpected: (merchant) => `إن لم تكن تتوقع هذه الرسالة فاستفسر لدى ${merchant} قبل الدفع.`,
  },
};
