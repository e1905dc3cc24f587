-- Who gets an offer, from the index of who could take one now; and what is said about it.

-- So many candidates stand in the decision of a queue that is too large to explain in full.
local CANDIDATES_SHOWN = 5

local function agentAt(place)
  return string.match(place, '%S+$')
end

-- `{ { agent, key }, ... }` in the order of the queue's strategy; ranks are inclusive, from 0.
local function candidates(queueId, from, to)
  local found = {}
  local flat = call('ZRANGE', freeKey(queueId), from, to, 'WITHSCORES')
  for index = 1, #flat, 2 do
    found[#found + 1] = { agent = agentAt(flat[index]), key = tonumber(flat[index + 1]) }
  end
  return found
end

-- Neighbours from a random start, round the end: every candidate is equally likely, with one random number.
local function pickAnywhere(found, count, random)
  local picked = {}
  local start = math.floor(random * #found)
  for offset = 0, math.min(count, #found) - 1 do
    picked[#picked + 1] = found[(start + offset) % #found + 1]
  end
  return picked
end

local function firstOf(found, count)
  local first = {}
  for index = 1, math.min(count, #found) do first[index] = found[index] end
  return first
end

local function statesOf(agent, channel)
  local states = {}
  for _, hold in pairs(agent.holds) do
    if hold.channel == channel then states[#states + 1] = hold.state end
  end
  return states
end

-- Why each member who is no candidate is none; `leftOut[agent]` tells of those who were free and not asked.
local function passedOver(queueId, queue, isCandidate, leftOut)
  local passed = {}
  for _, id in ipairs(call('ZRANGE', membersKey(queueId), 0, -1)) do
    if not isCandidate[id] then
      local agent = agentOf(id)
      local why = leftOut[id] and { type = leftOut[id] } or (agent and unavailability(agent, queue.channel, queueId))
      if why then passed[#passed + 1] = { agent = id, why = why, holds = statesOf(agent, queue.channel) } end
    end
  end
  return passed
end

-- In full for a queue of few members: looking at every one of many is what a match must not do.
local function decisionOf(queueId, queue, all, chosen, leftOut)
  local decision = { strategy = queue.kind, chosen = {} }
  decision.candidates = queue.explained and all or firstOf(all, CANDIDATES_SHOWN)
  for index, candidate in ipairs(chosen) do decision.chosen[index] = candidate.agent end
  if queue.explained then
    local isCandidate = {}
    for _, candidate in ipairs(all) do isCandidate[candidate.agent] = true end
    decision.passedOver = passedOver(queueId, queue, isCandidate, leftOut)
  end
  return decision
end
