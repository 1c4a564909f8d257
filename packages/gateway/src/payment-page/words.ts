import type { SafeHtml } from "../http/html.ts";
import type { ContactFieldName, CardFieldName, OutcomeName, ProblemName } from "./views.ts";

/** A name, a time or an amount inside a sentence: already HTML, already isolated. */
type Part = SafeHtml;

/** Title and text of one screen. */
export interface Message {
  readonly title: string;
  readonly text: (merchant: Part) => SafeHtml;
}

interface ProblemMessage {
  readonly title: string;
  /** `merchant` is there when known. */
  readonly text: (merchant: Part | null) => SafeHtml;
}

/** Every text of the payment page. A new key here is a type error until Arabic has it as well. */
export interface Words {
  readonly wasl: (name: Part) => SafeHtml;
  readonly waslName: string;
  readonly ribbon: string;
  readonly reference: string;
  readonly request: string;
  readonly copy: string;
  readonly copied: string;

  readonly payTitle: (amount: string, merchant: string) => string;
  readonly errorTitle: (title: string) => string;
  readonly payHeading: (merchant: Part) => SafeHtml;
  readonly payButton: (amount: Part) => SafeHtml;
  readonly payBusy: string;
  readonly cancelLink: (merchant: Part) => SafeHtml;
  readonly privacy: (merchant: Part) => SafeHtml;
  readonly cardHeading: string;
  readonly brandsLabel: string;
  readonly billingHeading: string;
  readonly billingHint: string;
  readonly chooseCountry: string;
  readonly labels: Readonly<Record<CardFieldName | ContactFieldName, string>> & {
    /** The currency in the words of the language. */
    readonly amount: (currency: string) => string;
  };
  readonly zipHint: string;
  readonly shippingHeading: string;
  readonly shippingOther: string;
  readonly shippingHint: string;
  /** A page that only checks a card. */
  readonly register: {
    readonly title: (merchant: string) => string;
    readonly heading: (merchant: Part) => SafeHtml;
    readonly button: string;
    readonly note: string;
  };
  readonly saveCard: { readonly label: (merchant: Part) => SafeHtml; readonly hint: string };
  readonly storedCard: {
    readonly heading: string;
    readonly expires: (date: Part) => SafeHtml;
    readonly testCode: (code: string) => string;
  };
  readonly expiryHint: string;
  readonly codeHintBack: string;
  readonly codeHintFront: string;
  readonly errorSummary: (count: number) => string;
  readonly errors: {
    readonly number: Readonly<
      Record<
        "missing" | "invalid" | "not_a_test_card" | "brand_not_supported" | "not_taken",
        string
      >
    >;
    readonly expiry: Readonly<Record<"missing" | "invalid" | "past", string>>;
    readonly security_code: Readonly<Record<"missing" | "length", string>>;
    readonly holder: Readonly<Record<"missing" | "too_long", string>>;
    readonly contact: Readonly<
      Record<ContactFieldName, Readonly<Record<"missing" | "invalid", string>>>
    >;
    readonly amount: Readonly<Record<"missing" | "invalid", string>> &
      Readonly<Record<"too_small" | "too_large", (limit: string) => string>>;
  };

  /** For a button whose amount is not known yet. */
  readonly payPlain: string;
  readonly donationHeading: string;
  /** At least one of the two is there. */
  readonly donationBounds: (min: Part | null, max: Part | null) => SafeHtml;
  readonly alternative: (amount: Part, currency: Part) => SafeHtml;
  readonly cardFilter: (prefixes: Part) => SafeHtml;
  /** Between things that are counted up. */
  readonly listComma: string;
  readonly discount: string;
  readonly before: string;
  readonly totalChanged: string;
  readonly newTotal: (amount: Part) => SafeHtml;
  readonly typeCodeAgain: string;
  readonly waysHeading: string;
  readonly otherWays: string;
  readonly itemsHeading: (count: number) => string;
  readonly lineDiscount: (amount: Part) => SafeHtml;
  readonly lineTax: (amount: Part) => SafeHtml;
  readonly charges: Readonly<Record<"shipping" | "extra" | "discount", string>>;

  readonly orderHeading: string;
  readonly rows: Readonly<
    Record<
      | "to"
      | "description"
      | "order"
      | "booking"
      | "card"
      | "method"
      | "bill"
      | "payUntil"
      | "before"
      | "amount"
      | "time",
      string
    >
  >;

  readonly endsAt: (time: Part) => SafeHtml;
  readonly moreTime: string;
  readonly moreTimeYes: string;
  readonly moreTimeNo: string;
  readonly moreTimeText: (time: Part) => SafeHtml;
  readonly moreTimeDone: string;
  readonly moreTimeFailed: string;
  readonly minutesLeft5: string;
  readonly minutesLeft2: string;

  readonly testCards: string;
  readonly testCardsIntro: string;
  readonly testCardColumns: Readonly<
    Record<"outcome" | "number" | "expiry" | "code" | "use", string>
  >;
  readonly useTestCard: string;
  readonly testCardFilled: string;

  readonly confirmCancel: Message;
  readonly confirmCancelYes: string;
  readonly confirmCancelNo: string;

  readonly processing: Readonly<Record<"checking" | "unknown", Message>>;
  readonly checkAgain: string;

  readonly outcomes: Readonly<Record<OutcomeName, Message>>;
  /** In place of the outcome's, while the bill is to be paid. */
  readonly bill: Message;
  /** In place of the outcome's, once it can no longer be paid. */
  readonly billExpired: Message;
  readonly billSimulate: string;
  readonly continueButton: (merchant: Part) => SafeHtml;
  readonly returning: (merchant: Part) => SafeHtml;
  readonly receipt: string;
  readonly keepReceipt: string;
  readonly print: string;

  readonly problems: Readonly<Record<ProblemName, ProblemMessage>>;
  readonly seeResult: string;
  readonly tryAgain: string;
  readonly seeInvoice: string;
}
