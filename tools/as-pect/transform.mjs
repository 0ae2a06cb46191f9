/**
 * Gives every class the members by which as-pect compares and prints it. as-pect's builders have the numbers of the
 * compiler's `NodeKind` of an older release inlined, so they are shown declarations that carry those.
 */
import { createAddReflectedValueKeyValuePairsMember } from "@as-pect/transform/lib/createAddReflectedValueKeyValuePairsMember.js";
import { createStrictEqualsMember } from "@as-pect/transform/lib/createStrictEqualsMember.js";
import { NodeKind } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const INLINED_KINDS = new Map([
  [NodeKind.FieldDeclaration, 54],
  [NodeKind.MethodDeclaration, 58],
]);

function withInlinedKind(member) {
  const kind = INLINED_KINDS.get(member.kind) ?? -1;
  return Object.create(member, { kind: { value: kind } });
}

function addMembers(declaration) {
  const seen = Object.create(declaration, { members: { value: declaration.members.map(withInlinedKind) } });
  declaration.members.push(createStrictEqualsMember(seen), createAddReflectedValueKeyValuePairsMember(seen));
}

function visit(statements) {
  for (const statement of statements) {
    if (statement.kind === NodeKind.ClassDeclaration) addMembers(statement);
    else if (statement.kind === NodeKind.NamespaceDeclaration) visit(statement.members);
  }
}

export default class AsPectTransform extends Transform {
  afterParse(parser) {
    for (const source of parser.sources) visit(source.statements);
  }
}
