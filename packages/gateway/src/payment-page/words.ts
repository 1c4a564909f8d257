import { html } from "../http/html.ts";
import type { SafeHtml } from "../http/html.ts";
import type { BillingFieldName, CardFieldName, OutcomeName, ProblemName } from "./views.ts";

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
  readonly labels: Readonly<Record<CardFieldName | BillingFieldName, string>>;
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
      Record<"missing" | "invalid" | "not_a_test_card" | "brand_not_supported", string>
    >;
    readonly expiry: Readonly<Record<"missing" | "invalid" | "past", string>>;
    readonly security_code: Readonly<Record<"missing" | "length", string>>;
    readonly holder: Readonly<Record<"missing" | "too_long", string>>;
    readonly billing: Readonly<
      Record<BillingFieldName, Readonly<Record<"missing" | "invalid", string>>>
    >;
  };

  readonly orderHeading: string;
  readonly rows: Readonly<
    Record<"to" | "description" | "order" | "card" | "amount" | "time", string>
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
  readonly continueButton: (merchant: Part) => SafeHtml;
  readonly returning: (merchant: Part) => SafeHtml;
  readonly receipt: string;
  readonly keepReceipt: string;
  readonly print: string;

  readonly problems: Readonly<Record<ProblemName, ProblemMessage>>;
  readonly seeResult: string;
  readonly tryAgain: string;
}

export const english: Words = {
  wasl: (name) => html`Powered by ${name}`,
  waslName: "Wasl",
  ribbon: "Sandbox: no real money moves here",
  reference: "Reference",
  request: "Request",
  copy: "Copy",
  copied: "Copied",

  payTitle: (amount, merchant) => `Pay ${amount} to ${merchant}`,
  errorTitle: (title) => `Error: ${title}`,
  payHeading: (merchant) => html`Pay ${merchant}`,
  payButton: (amount) => html`Pay ${amount}`,
  payBusy: "Processing…",
  cancelLink: (merchant) => html`Cancel and return to ${merchant}`,
  privacy: (merchant) => html`${merchant} does not see your card number.`,
  cardHeading: "Card details",
  brandsLabel: "Cards accepted",
  billingHeading: "Billing details",
  billingHint: "Your bank uses these to check the card.",
  chooseCountry: "Choose a country",
  labels: {
    number: "Card number",
    expiry: "Expiry date",
    security_code: "Security code",
    holder: "Name on card",
    name: "Full name",
    email: "Email",
    phone: "Phone",
    street1: "Street and building",
    city: "City",
    state: "State or region",
    country: "Country",
    zip: "Postal code",
  },
  register: {
    title: (merchant) => `Register your card with ${merchant}`,
    heading: (merchant) => html`Register your card with ${merchant}`,
    button: "Register card",
    note: "The amount is only checked and released at once.",
  },
  saveCard: {
    label: (merchant) => html`Save this card for my next payments to ${merchant}`,
    hint: "Your card is kept encrypted here. The security code is never kept.",
  },
  storedCard: {
    heading: "Your saved card",
    expires: (date) => html`Expires ${date}`,
    testCode: (code) => `test card: ${code}`,
  },
  expiryHint: "For example 04\u00A0/\u00A030",
  codeHintBack: "3 digits on the back",
  codeHintFront: "4 digits on the front",
  errorSummary: (count) =>
    count === 1 ? "Please correct one field" : `Please correct ${count} fields`,
  errors: {
    number: {
      missing: "Enter the number on your card",
      invalid: "Check the card number: a digit may be missing or swapped",
      not_a_test_card:
        "This sandbox takes test cards only. Never enter a real card here; choose one from “Test cards” below",
      brand_not_supported: "This kind of card is not accepted here. Please use another card",
    },
    expiry: {
      missing: "Enter the expiry date on your card",
      invalid: "Enter the month and year as on your card",
      past: "This date has passed. Check it, or use another card",
    },
    security_code: {
      missing: "Enter the security code",
      length: "The security code has 3 digits (American Express: 4)",
    },
    holder: {
      missing: "Enter the name as it stands on your card",
      too_long: "Enter the name in at most 100 characters",
    },
    billing: {
      name: { missing: "Enter your full name", invalid: "Check your name" },
      email: {
        missing: "Enter your email address",
        invalid: "Enter an email address like name@example.com",
      },
      phone: {
        missing: "Enter your phone number",
        invalid: "Enter a phone number with its country code, for example +966 50 123 4567",
      },
      street1: { missing: "Enter your street and building", invalid: "Check your address" },
      city: { missing: "Enter your city", invalid: "Check your city" },
      state: { missing: "Enter your state or region", invalid: "Check your state or region" },
      country: { missing: "Choose your country", invalid: "Choose a country from the list" },
      zip: { missing: "Enter your postal code", invalid: "Check your postal code" },
    },
  },

  orderHeading: "Your order",
  rows: {
    to: "Shop",
    description: "Description",
    order: "Order",
    card: "Card",
    amount: "Amount",
    time: "Time",
  },

  endsAt: (time) => html`This page closes at ${time}`,
  moreTime: "Need more time?",
  moreTimeYes: "Yes, give me more time",
  moreTimeNo: "No, thank you",
  moreTimeText: (time) =>
    html`This page closes at ${time}. What you have typed stays if you ask for more time.`,
  moreTimeDone: "You have more time. This page now closes at {time}.",
  moreTimeFailed: "More time could not be given. This page closes at {time}.",
  minutesLeft5: "5 minutes left to pay",
  minutesLeft2: "2 minutes left to pay",

  testCards: "Test cards",
  testCardsIntro: "They work only here. Never enter a real card in the sandbox.",
  testCardColumns: {
    outcome: "What happens",
    number: "Number",
    expiry: "Expiry",
    code: "Code",
    use: "Use",
  },
  useTestCard: "Use",
  testCardFilled: "The form is filled with the test card",

  confirmCancel: {
    title: "Cancel this payment?",
    text: (merchant) =>
      html`Your card has not been charged. If you cancel, you return to ${merchant}.`,
  },
  confirmCancelYes: "Yes, cancel the payment",
  confirmCancelNo: "No, go back and pay",

  processing: {
    checking: {
      title: "Checking with your bank",
      text: () => html`This takes a few seconds. Please keep this page open.`,
    },
    unknown: {
      title: "We do not know yet",
      text: (merchant) =>
        html`Your bank has not answered so far. ${merchant} will confirm the result to you. Please
        do not pay again.`,
    },
  },
  checkAgain: "Check again",

  outcomes: {
    paid: {
      title: "Paid",
      text: (merchant) => html`Thank you. Your payment to ${merchant} is done.`,
    },
    registered: {
      title: "Card registered",
      text: (merchant) =>
        html`Thank you. Your card is registered with ${merchant}. Nothing was charged.`,
    },
    held: {
      title: "We are checking this payment",
      text: (merchant) => html`${merchant} will confirm it to you. Please do not pay again.`,
    },
    pending: {
      title: "Your payment is not finished yet",
      text: (merchant) => html`${merchant} will confirm it to you. Please do not pay again.`,
    },
    declined: {
      title: "The payment was not accepted",
      text: (merchant) =>
        html`Your card has not been charged. You can try another card or another way to pay at
        ${merchant}.`,
    },
    cancelled: {
      title: "Payment cancelled",
      text: () => html`Your card has not been charged.`,
    },
    expired: {
      title: "The time to pay has ended",
      text: (merchant) =>
        html`Your card has not been charged. To pay, please start again at ${merchant}.`,
    },
    error: {
      title: "We could not confirm this payment",
      text: (merchant) =>
        html`We do not know yet whether it went through. ${merchant} will confirm it to you. Please
        do not pay again until then.`,
    },
  },
  continueButton: (merchant) => html`Continue to ${merchant}`,
  returning: (merchant) =>
    html`Returning to ${merchant}… If nothing happens, please press the button.`,
  receipt: "Receipt",
  keepReceipt: "You can close this page. Keep the reference in case you have a question.",
  print: "Print",

  problems: {
    used_link: {
      title: "This payment is already finished",
      text: (merchant) =>
        merchant === null
          ? html`This link has been used and cannot be paid again.`
          : html`This link has been used and cannot be paid again. ${merchant} knows the result.`,
    },
    unknown_link: {
      title: "We cannot find this payment",
      text: () => html`The link may be incomplete. Please start again at the shop.`,
    },
    not_found: {
      title: "There is no page here",
      text: () => html`Please check the address, or start again at the shop.`,
    },
    server_error: {
      title: "Something went wrong on our side",
      text: () =>
        html`Please try again in a minute. If you had already pressed Pay, ask the shop before you
        pay again.`,
    },
  },
  seeResult: "See the result",
  tryAgain: "Try again",
};
