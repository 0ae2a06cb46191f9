import { InvalidArgumentError } from "commander";

/** A parser of options that are whole numbers from `min` to `max`. Throws InvalidArgumentError. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
