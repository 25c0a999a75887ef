/// Every edge that the machine of a line has, as `position: event -> state: actions`; what is not here changes nothing and
/// does nothing.
///
/// A position is a state with what makes a difference in it: whether the line was up for a while (settled), whether
/// heartbeats are awaited (beating), whether the socket was lost while it joined. Waits are the longest that may be drawn.
enum LineMachineEdges {
  static let all = """
    idle: start -> dialing: dial
    idle: stop -> stopped: -
    idle: stop now -> stopped: -
    idle, successor: start -> backing_off (dial): retry in 9s
    idle, successor: stop -> stopped: -
    idle, successor: stop now -> stopped: -
    dialing: dial succeeded -> joining: join
    dialing: dial failed -> backing_off (dial): lost connection_refused, retry in 2s
    dialing: dial failed, 403 -> backing_off (dial): lost token_refused, retry in 330s
    dialing: dial failed, other token -> dialing (other token): lost token_refused, dial with another token
    dialing: dial failed, last -> stopped: lost connection_refused, give up gaveUp
    dialing: token expired -> stopped: give up tokenExpired
    dialing: stop -> stopped: cancelDial
    dialing: stop now -> stopped: cancelDial
    dialing, other token: dial succeeded -> joining: join
    dialing, other token: dial failed -> backing_off (dial): lost connection_refused, retry in 2s
    dialing, other token: dial failed, 403 -> backing_off (dial): lost token_refused, retry in 330s
    dialing, other token: dial failed, other token -> backing_off (dial): lost token_refused, retry in 330s
    dialing, other token: dial failed, last -> stopped: lost connection_refused, give up gaveUp
    dialing, other token: token expired -> stopped: give up tokenExpired
    dialing, other token: stop -> stopped: cancelDial
    dialing, other token: stop now -> stopped: cancelDial
    joining: joined -> up: serve, heartbeatDue in 30s
    joining: join failed -> backing_off (dial): close 1000, lost join_refused, retry in 2s
    joining: join failed, last -> stopped: close 1000, lost join_refused, give up gaveUp
    joining: stop -> stopped: close 1000
    joining: stop now -> stopped: close 1000
    joining, lost: joined -> backing_off (dial): serve, heartbeatDue in 30s, no heartbeatDue, no heartbeatLate, abandon, lost socket_lost, retry in 2s
    joining, lost: join failed -> backing_off (dial): close 1000, lost join_refused, retry in 2s
    joining, lost: join failed, last -> stopped: close 1000, lost join_refused, give up gaveUp
    joining, lost: stop -> stopped: close 1000
    joining, lost: stop now -> stopped: close 1000
    up: channel crashed -> backing_off (join): no heartbeatDue, no heartbeatLate, abandon, lost channel_crashed, retry in 2s
    up: channel closed -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1000, lost channel_closed, retry in 2s
    up: framing broken -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1002, lost framing_broken, retry in 2s
    up: socket lost, 1006 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost socket_lost, retry in 2s
    up: socket lost, 1012 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost gateway_restart, retry in 2s
    up: gateway drains -> draining (byGateway): lost gateway_drained, replace in 2s
    up: heartbeat failed -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_failed, retry in 2s
    up: heartbeat due -> up: heartbeatLate in 15s, beat
    up: stop -> draining (stopping): grace in 30s, drain
    up: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    up, settled: channel crashed -> joining: no heartbeatDue, no heartbeatLate, abandon, lost channel_crashed, join
    up, settled: channel closed -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1000, lost channel_closed, dial
    up, settled: framing broken -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1002, lost framing_broken, dial
    up, settled: socket lost, 1006 -> dialing: no heartbeatDue, no heartbeatLate, abandon, lost socket_lost, dial
    up, settled: socket lost, 1012 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost gateway_restart, retry in 2s
    up, settled: gateway drains -> draining (byGateway): lost gateway_drained, replace in 2s
    up, settled: heartbeat failed -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_failed, dial
    up, settled: heartbeat due -> up: heartbeatLate in 15s, beat
    up, settled: stop -> draining (stopping): grace in 30s, drain
    up, settled: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    up, settled, beating: channel crashed -> joining: no heartbeatDue, no heartbeatLate, abandon, lost channel_crashed, join
    up, settled, beating: channel closed -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1000, lost channel_closed, dial
    up, settled, beating: framing broken -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1002, lost framing_broken, dial
    up, settled, beating: socket lost, 1006 -> dialing: no heartbeatDue, no heartbeatLate, abandon, lost socket_lost, dial
    up, settled, beating: socket lost, 1012 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost gateway_restart, retry in 2s
    up, settled, beating: gateway drains -> draining (byGateway): lost gateway_drained, replace in 2s
    up, settled, beating: socket answered -> up: socket ok
    up, settled, beating: channel answered -> up: channel ok
    up, settled, beating: heartbeat held up -> up: heartbeatLate in 15s
    up, settled, beating: heartbeat failed -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_failed, dial
    up, settled, beating: heartbeat late -> dialing: no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_late, dial
    up, settled, beating: stop -> draining (stopping): grace in 30s, drain
    up, settled, beating: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    up, beating: channel crashed -> backing_off (join): no heartbeatDue, no heartbeatLate, abandon, lost channel_crashed, retry in 2s
    up, beating: channel closed -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1000, lost channel_closed, retry in 2s
    up, beating: framing broken -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1002, lost framing_broken, retry in 2s
    up, beating: socket lost, 1006 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost socket_lost, retry in 2s
    up, beating: socket lost, 1012 -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, lost gateway_restart, retry in 2s
    up, beating: gateway drains -> draining (byGateway): lost gateway_drained, replace in 2s
    up, beating: socket answered -> up: socket ok
    up, beating: channel answered -> up: channel ok
    up, beating: heartbeat held up -> up: heartbeatLate in 15s
    up, beating: heartbeat failed -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_failed, retry in 2s
    up, beating: heartbeat late -> backing_off (dial): no heartbeatDue, no heartbeatLate, abandon, close 1000, lost heartbeat_late, retry in 2s
    up, beating: stop -> draining (stopping): grace in 30s, drain
    up, beating: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained: channel crashed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained: channel closed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained: framing broken -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1002
    drained: socket lost, 1006 -> stopped: no heartbeatDue, no heartbeatLate, abandon
    drained: socket lost, 1012 -> stopped: no heartbeatDue, no heartbeatLate, abandon
    drained: heartbeat failed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained: heartbeat due -> draining (byGateway): heartbeatLate in 15s, beat
    drained: stop -> draining (stopping): grace in 30s, drain
    drained: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained, beating: channel crashed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained, beating: channel closed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained, beating: framing broken -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1002
    drained, beating: socket lost, 1006 -> stopped: no heartbeatDue, no heartbeatLate, abandon
    drained, beating: socket lost, 1012 -> stopped: no heartbeatDue, no heartbeatLate, abandon
    drained, beating: socket answered -> draining (byGateway): socket ok
    drained, beating: channel answered -> draining (byGateway): channel ok
    drained, beating: heartbeat held up -> draining (byGateway): heartbeatLate in 15s
    drained, beating: heartbeat failed -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained, beating: heartbeat late -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    drained, beating: stop -> draining (stopping): grace in 30s, drain
    drained, beating: stop now -> stopped: no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping: channel crashed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping: channel closed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping: framing broken -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1002
    stopping: socket lost, 1006 -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon
    stopping: socket lost, 1012 -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon
    stopping: heartbeat failed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping: heartbeat due -> draining (stopping): heartbeatLate in 15s, beat
    stopping: grace over -> draining (leaving): no heartbeatDue, no heartbeatLate, graceOver, abandon, leave
    stopping: drained -> draining (leaving): no heartbeatDue, no heartbeatLate, no grace, leave
    stopping: stop now -> stopped: no heartbeatDue, no heartbeatLate, no grace, abandon, close 1000
    stopping, beating: channel crashed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping, beating: channel closed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping, beating: framing broken -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1002
    stopping, beating: socket lost, 1006 -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon
    stopping, beating: socket lost, 1012 -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon
    stopping, beating: socket answered -> draining (stopping): socket ok
    stopping, beating: channel answered -> draining (stopping): channel ok
    stopping, beating: heartbeat held up -> draining (stopping): heartbeatLate in 15s
    stopping, beating: heartbeat failed -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping, beating: heartbeat late -> stopped: no grace, no heartbeatDue, no heartbeatLate, abandon, close 1000
    stopping, beating: grace over -> draining (leaving): no heartbeatDue, no heartbeatLate, graceOver, abandon, leave
    stopping, beating: drained -> draining (leaving): no heartbeatDue, no heartbeatLate, no grace, leave
    stopping, beating: stop now -> stopped: no heartbeatDue, no heartbeatLate, no grace, abandon, close 1000
    leaving: socket lost, 1006 -> stopped: abandon
    leaving: socket lost, 1012 -> stopped: abandon
    leaving: left -> stopped: abandon, close 1000
    leaving: stop now -> stopped: abandon, close 1000
    backing off, dial: token changed -> dialing: no retry, dial
    backing off, dial: retry -> dialing: dial
    backing off, dial: stop -> stopped: no retry
    backing off, dial: stop now -> stopped: no retry
    backing off, join: socket lost, 1006 -> backing_off (dial): lost socket_lost
    backing off, join: socket lost, 1012 -> backing_off (dial): lost gateway_restart
    backing off, join: retry -> joining: join
    backing off, join: stop -> stopped: no retry, close 1000
    backing off, join: stop now -> stopped: no retry, close 1000
    """
}
