//! Where everything meets: the project, the loop, the effects, the terminal, the signals.
