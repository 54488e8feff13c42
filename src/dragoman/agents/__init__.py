"""The assistant: one LangGraph state machine."""
