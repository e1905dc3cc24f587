--@include misses wrap-up reply
-- Does what has fallen due, each at its own time, so that it makes no difference who notices first. Bounded: a store
-- that was away for long is caught up with by many scripts, not by one that blocks it.
local MOST_AT_ONCE = 500

local expiries = {}
for _ = 1, MOST_AT_ONCE do
  local first = call('ZRANGE', dueKey, '0', '0')[1]
  local at = dueAt(first)
  if not at or at > now then break end
  call('ZREM', dueKey, first)
  isDueUnknown = true
  local kind, rest = string.match(first, '^%S+ (%S+) (.*)$')
  local workId, id = string.match(rest, '^(%S+) (%S+)$')
  local expiry
  if kind == 'offer' then
    local work = workOf(workId)
    if work and work.phase == 'offered' then
      expiry = { type = 'offer', work = workId, agent = id, attempt = work.attempt }
      miss(workId, work, id, 'no-answer', at)
    end
  elseif kind == 'wrap-up' then
    expiry = { type = 'wrap-up', work = workId, agent = id }
    endWrapUp(id, workId, at)
  else
    local agent = agentOf(rest)
    if agent and kind == 'back-off' then
      agent.backOff = nil
      touch(rest)
      free(rest)
    elseif agent and kind == 'schedule' then
      changeAbsences(rest, agent, agent.absences or {}, at)
    elseif agent then
      changePresence(rest, agent, { state = 'available' }, at)
    end
  end
  if expiry then
    expiries[#expiries + 1] = expiry
    notices[#notices + 1] = { type = 'expired', expiry = expiry }
  end
end
return reply(expiries)
