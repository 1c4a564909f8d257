/**
 * The masked card number of `payment_description`: first 6 and last 4 digits, groups of four.
 * Source: protocol.md 7.4.
 *
 * @example maskCardNumber("4111111111111111") // "4111 11## #### 1111"
 */
export function maskCardNumber(digits: string): string {
  const masked =
    digits.slice(0, 6) + "#".repeat(Math.max(0, digits.length - 10)) + digits.slice(-4);
  return masked.match(/.{1,4}/g)?.join(" ") ?? "";
}

/** Whether the digits pass the Luhn check (ISO/IEC 7812-1) and have a card number's length. */
export function isCardNumber(digits: string): boolean {
  if (!/^\d{12,19}$/.test(digits)) return false;
  let sum = 0;
  for (let fromRight = 0; fromRight < digits.length; fromRight += 1) {
    const value = digits.charCodeAt(digits.length - 1 - fromRight) - 48;
    const doubled = fromRight % 2 === 1 ? value * 2 : value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
