/** Guards the tests themselves: comparison must see fields, or every comparison of objects would pass. */
class Point {
  constructor(
    public x: i32,
    public y: i32,
  ) {}
}

describe("comparison of objects", () => {
  it("sees equal fields", () => {
    expect(new Point(1, 2)).toStrictEqual(new Point(1, 2));
  });

  it("sees a field that differs", () => {
    expect(new Point(1, 2)).not.toStrictEqual(new Point(1, 3));
  });
});
