"""What a scripted planner says."""


def plan(*calls, thought="…"):
    """A planner's reply with calls given as ``(tool, arguments)``."""
    return {
        "thought": thought,
        "calls": [{"tool": tool, "arguments": arguments} for tool, arguments in calls],
    }
