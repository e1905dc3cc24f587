--@include room
-- Ends a script: writes what is left to write, works out who should try again, and tells all controllers.

local function reply(result)
  if next(touched) then flush() end
  local queues, isIn, works = {}, {}, {}
  for _, id in ipairs(freed) do
    local agent = agents[id]
    for _, member in ipairs(agent and agent.queues or {}) do
      if member.key then
        local queue = member.queue
        if not isIn[queue] and call('ZCARD', lineKey(queue)) > 0 then
          isIn[queue] = true
          queues[#queues + 1] = queue
        end
        if member.kind == 'ring-to-all' then
          -- Attempts that ring for all, and not yet nor before for this agent.
          for _, workId in ipairs(call('ZRANGE', ringingKey(queue), '0', '-1')) do
            local work = workOf(workId)
            if work and not agent.holds[workId] and not (work.passed and work.passed[id]) and not isIn['work ' .. workId] then
              isIn['work ' .. workId] = true
              works[#works + 1] = { work = workId, attempt = work.attempt }
            end
          end
        end
      end
    end
  end
  -- What waits anew is told to all as well: any of them may have who is free, and the one who told may be gone.
  for _, queue in ipairs(lengthened) do
    if not isIn[queue] and call('ZCARD', lineKey(queue)) > 0 then queues[#queues + 1] = queue end
  end
  if #queues > 0 then notices[#notices + 1] = { type = 'matchable', queues = queues } end
  if #works > 0 then notices[#notices + 1] = { type = 'extendable', works = works } end
  local told = false
  if #notices > 0 then
    told = cjson.encode(notices)
    -- Who is alone knows it from the reply.
    if call('SCARD', listenersKey) > 1 then
      call('XADD', noticesKey, 'MAXLEN', '~', 10000, '*', 'node', node, 'notices', told)
    end
  end
  if isDueUnknown then due = firstDue() end
  return { now, due or false, told, cjson.encode(result) }
end
