"""What people complain of in the GraphQL API of the leading LMS, each as a test with a better answer here."""
