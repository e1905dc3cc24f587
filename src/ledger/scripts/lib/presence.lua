--@include room counters
-- What an agent is: there or not, since when.

-- To be called when something that absenceOf looks at has changed. Whoever comes to be there for a queue is counted
-- with no less than the least of those who are there already.
local function refreshThere(id, agent)
  local came = {}
  for _, member in ipairs(agent.queues) do
    if fairKey[member.kind] then
      local there = not absenceOf(agent, member.channel, member.queue)
      if there and not member.there then came[#came + 1] = member end
      if member.there and not there then call('ZREM', thereKey(member.queue), id) end
      member.there = there
    end
  end
  for _, member in ipairs(came) do
    local counter = fairKey[member.kind]
    local least = call('ZRANGE', thereKey(member.queue), '0', '0', 'WITHSCORES')[2]
    if least then agent[counter] = math.max(agent[counter], tonumber(least)) end
  end
  if #came > 0 then countAgain(id, agent) end
end

local function endBackOff(id, agent)
  if not agent.backOff then return end
  local untilMs = agent.backOff.untilMs
  agent.backOff = nil
  fallDueNoMore('back-off ' .. id, untilMs)
end

local function presenceAt(presence, at)
  if presence.state == 'break' and presence.untilMs <= at then return { state = 'available' } end
  return presence
end

local function endOf(absences)
  local first
  for _, absence in ipairs(absences) do
    if absence.untilMs then first = math.min(first or absence.untilMs, absence.untilMs) end
  end
  return first
end

local function awaitScheduleNoMore(id, agent)
  local nextEnd = agent.absences and endOf(agent.absences)
  if nextEnd then fallDueNoMore('schedule ' .. id, nextEnd) end
end

-- Takes over what the schedule says, without what is over by then, and waits for the next end of it.
local function changeAbsences(id, agent, absences, at)
  awaitScheduleNoMore(id, agent)
  local standing = {}
  for _, absence in ipairs(absences) do
    if not absence.untilMs or absence.untilMs > at then standing[#standing + 1] = absence end
  end
  agent.absences = #standing > 0 and standing or nil
  local nextEnd = endOf(standing)
  if nextEnd then fallDue('schedule ' .. id, nextEnd) end
  refreshThere(id, agent)
  touch(id)
  free(id)
end

local function samePresence(a, b)
  return a.state == b.state and a.reason == b.reason and a.untilMs == b.untilMs
end

local function changePresence(id, agent, to, at)
  local from = agent.presence
  if samePresence(from, to) then return end
  agent.presence = to
  if from.state == 'break' then fallDueNoMore('break ' .. id, from.untilMs) end
  if to.state == 'break' then fallDue('break ' .. id, to.untilMs) end
  if from.state == 'offline' then agent.idle = at end
  if to.state == 'available' then
    agent.misses = 0
    endBackOff(id, agent)
  end
  refreshThere(id, agent)
  touch(id)
  free(id)
  notices[#notices + 1] = { type = 'presence', agent = id, presence = to }
end
