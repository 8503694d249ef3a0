"""What every page needs and no domain owns: CSRF, security headers, error pages, filters, paging, limits."""
