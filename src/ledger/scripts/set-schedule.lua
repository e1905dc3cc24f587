--@include presence reply
-- What an agent's schedule says from now on; every controller of a site may say the same, which changes nothing.
if isOverdue() then return now end
local id = request.agent
local agent = agentOf(id)
if not agent then return reply() end
local standing = {}
for _, absence in ipairs(request.absences) do
  if not absence.untilMs or absence.untilMs > now then standing[#standing + 1] = absence end
end
local before = agent.absences or {}
local isSame = #before == #standing
for index, absence in ipairs(standing) do
  local other = before[index] or {}
  for _, field in ipairs({ 'kind', 'why', 'untilMs', 'queue' }) do
    isSame = isSame and absence[field] == other[field]
  end
end
if not isSame then changeAbsences(id, agent, standing, now) end
return reply()
