//! What a step makes of an organization.
