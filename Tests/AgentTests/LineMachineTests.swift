import Agent
import Foundation
import Testing

/// The machine of a line, cell by cell.
@Suite struct LineMachineTests {
  typealias Bench = LineMachineBench

  private struct Cell: Hashable {
    var position: String
    var event: String
    var from: LineMachine.State
    var to: LineMachine.State
    var actions: String

    var text: String { "\(position): \(event) -> \(LineMachineBench.fullName(to)): \(actions)" }
  }

  private static func cells() -> [Cell] {
    var cells: [Cell] = []
    for position in Bench.positions {
      for (name, event) in Bench.events {
        var bench = Bench.at(position)
        let before = bench.machine.state
        let actions = bench.handle(event, at: position.now)
        guard !actions.isEmpty || bench.machine.state != before else { continue }
        cells.append(
          Cell(
            position: position.name, event: name, from: before, to: bench.machine.state,
            actions: actions.isEmpty ? "-" : actions.map(Bench.text).joined(separator: ", ")))
      }
    }
    return cells
  }

  @Test func `these are the edges, and there are no others`() {
    let (expected, found) = (LineMachineEdges.all.split(separator: "\n").map(String.init), Self.cells().map(\.text))
    for cell in found where !expected.contains(cell) { Issue.record("an edge too many: \(cell)") }
    for cell in expected where !found.contains(cell) { Issue.record("an edge is missing: \(cell)") }
    #expect(Bench.positions.count == 18 && Bench.events.count == 29)
  }

  @Test func `the diagram in the documentation has these edges`() throws {
    var edges: [String: [String]] = [:]
    for cell in Self.cells() where cell.from != cell.to {
      let edge = "  \(Bench.name(cell.from)) --> \(Bench.name(cell.to))"
      // What is in an event besides its name makes no other edge.
      let event = cell.event.split(separator: ",").first.map(String.init) ?? cell.event
      if edges[edge]?.contains(event) != true { edges[edge, default: []].append(event) }
    }
    let lines = edges.map { "\($0.key): \($0.value.joined(separator: ", "))" }.sorted()
    let diagram = (["```mermaid", "stateDiagram-v2", "  [*] --> idle"] + lines + ["  stopped --> [*]", "```"])
      .joined(separator: "\n")
    let isShown = try Documentation.text("architecture.md").contains(diagram)
    #expect(isShown, "docs/architecture.md does not have this diagram:\n\(diagram)")
  }
}
