--@include presence
-- Where an agent can be reached, for channels of which each controller knows only its own part (open pages): reachable while
-- any controller says so.

local function placesKey(channel, id) return prefix .. 'reach:' .. channel .. ':' .. id end

-- What one controller has said, to be taken back when it has gone.
local function saidKey(of) return prefix .. 'reaches:' .. of end

-- Whether anybody says so then.
local function saysReachable(of, channel, id, value)
  local command = value and 'SADD' or 'SREM'
  call(command, placesKey(channel, id), of)
  call(command, saidKey(of), channel .. ' ' .. id)
  return call('SCARD', placesKey(channel, id)) > 0
end

local function saysNoMore(of)
  for _, said in ipairs(call('SMEMBERS', saidKey(of))) do
    local channel, id = string.match(said, '^(%S+) (.*)$')
    local agent = agentOf(id)
    if not saysReachable(of, channel, id, false) and agent then
      agent.reach[channel] = nil
      refreshThere(id, agent)
      touch(id)
    end
  end
end
