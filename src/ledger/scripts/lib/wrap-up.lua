--@include endings over
-- Ends the wrap-up of a piece of work.
local function endWrapUp(id, workId, at)
  local work = workOf(workId)
  if not work or work.phase ~= 'wrap-up' then return end
  forget(workId, work)
  dropHold(id, workId, at)
end
