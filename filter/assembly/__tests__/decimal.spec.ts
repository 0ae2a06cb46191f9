import { writeDecimal } from "../bytes/decimal";
import { startWriting, writtenAt, writtenLength } from "../bytes/writer";
import { place, placedLength, read } from "./text";

function decimal(text: string): string {
  const at = place(text);
  startWriting();
  writeDecimal(at, placedLength);
  return read(writtenAt(), writtenLength());
}

describe("numbers as text", () => {
  it("are equal where their values are", () => {
    const equal = [
      ["1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000"],
      ["0", "-0", "0.0", "0e9", "-0.00e-1"],
      ["100", "1e2", "1.00e2", "0.1e3", "100.0"],
      ["-1.5", "-15e-1", "-0.15E1"],
      ["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
    ];
    for (let i = 0; i < equal.length; i++) {
      for (let j = 1; j < equal[i].length; j++) {
        expect(decimal(equal[i][j])).toBe(decimal(equal[i][0]), equal[i][j]);
      }
    }
  });

  it("differ where their values do, however close", () => {
    const numbers = [
      "0",
      "1",
      "-1",
      "10",
      "0.1",
      "1.1",
      "11",
      "9007199254740992",
      "9007199254740993",
      "1e300",
      "1e-300",
    ];
    for (let i = 0; i < numbers.length; i++) {
      for (let j = 0; j < i; j++) expect(decimal(numbers[i])).not.toBe(decimal(numbers[j]), numbers[i]);
    }
  });
});
