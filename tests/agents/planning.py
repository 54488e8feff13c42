"""What a scripted planner says."""


def plan(*calls, thought="…", needs=None):
    """A planner's reply with calls given as ``(tool, arguments)``."""
    return {
        "thought": thought,
        "needs": needs or (calls[0][0] if calls else "nothing"),
        "calls": [{"tool": tool, "arguments": arguments} for tool, arguments in calls],
    }
